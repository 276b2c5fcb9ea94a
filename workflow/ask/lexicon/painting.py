"""Painting: media, grounds, techniques, movements, painters."""

from __future__ import annotations

from .phrases import Concept

PAINTING = Concept(
    "style",
    "painting",
    said="""
    painting of, =painting, =a painting, a beautiful painting, a stunning painting, a detailed painting,
    a masterful painting, painting by, painting in, painting style, style painting, painting style art, paintings of,
    painting with, painting depicting, painting showing, as a painting, like a painting, looks like a painting,
    painting like, in a painting style, painting look, painterly, painterly style, painted look, painted style,
    painted by, painted in, painted with, hand painted, handpainted, hand painted look, painted in (oil|oils|
    watercolor|watercolour|acrylic|acrylics|gouache|tempera|ink), painted (portrait|landscape), painted with (oil|
    oils|watercolor|watercolors|acrylic|acrylics|gouache|a palette knife|thick brush strokes|a brush), (oil|acrylic|
    watercolor|watercolour|water color|water colour|gouache|tempera|egg tempera|casein|ink|ink wash|encaustic|enamel|
    spray paint|finger|sand|silk|fresco|mural|wall|cave|glass|miniature|icon|sumi e|chinese|chinese ink|japanese|
    korean|persian|mughal|indian|folk art|folk|naive|abstract|abstract expressionist|cubist|surrealist|surreal|
    impressionist|impressionistic|expressionist|expressionistic|post impressionist|fauvist|pointillist|realist|
    baroque|rococo|renaissance|medieval|gothic|byzantine|romantic|neoclassical|classical|academic|victorian|
    dutch golden age|flemish|pre raphaelite|symbolist|art nouveau|art deco|futurist|modernist|old master|classic|
    vintage|antique|old|digital|digital oil|matte|concept|fantasy|sci fi|landscape|portrait|still life|history|battle|
    marine|maritime|religious|biblical|allegorical|mythological|vanitas|plein air|en plein air|loose|gestural|
    realistic|photorealistic|hyperrealistic|stylized|minimalist|colorful|dark|moody|epic|beautiful|detailed|
    highly detailed|elegant|museum|famous|masterpiece|hudson river school|ukiyo e|chalk|pastel|soft pastel|oil pastel|
    mixed media|thick|impasto|wet on wet|brush|speed|masterful|epic fantasy|ethereal|dreamy|anime|gorgeous|stunning|
    dramatic|intricate|hyper detailed) painting, oil on (canvas|panel|board|wood|linen|copper|paper|masonite), oils,
    in oils, oil paint, oil paints, oil colors, oil colours, oil pastel, oil pastels, oil portrait, oil sketch,
    oil study, acrylic, acrylics, acrylic on (canvas|paper|wood|board|panel), acrylic paint, acrylic paints,
    acrylic pour, watercolor, watercolour, water color, water colour, waterclor, watercolor wash, watercolour wash,
    watercolor sketch, watercolour sketch, watercolor paper, watercolor style, watercolor on paper,
    watercolor illustration, watercolour illustration, watercolor portrait, watercolor art, watercolor splash,
    watercolor splatter, watercolor and ink, ink and watercolor, ink and wash, pen and wash, line and wash,
    loose watercolor, wet watercolor, aquarelle, aquarell, gouache, gouache on paper, gouache style, tempera,
    egg tempera, casein paint, encaustic, fresco, frescoes, mural painting, impasto, thick impasto, palette knife,
    palette knife painting, brush strokes, brushstrokes, brush stroke, brushstroke, brushwork, visible brushwork,
    visible brush strokes, visible brushstrokes, loose brushwork, loose brush strokes, expressive brush strokes,
    thick brush strokes, bold brush strokes, thick paint, heavy paint, paint strokes, paint texture, paint drips,
    paint splatter, paint splatters, canvas texture, on canvas, a canvas of, canvas print, canvas painting,
    stretched canvas, ink wash, inkwash, sumi e, sumie, sumi ink, suiboku, shui mo, shuimo, guohua, gongbi, nihonga,
    ink brush, brush ink, brush and ink, calligraphic brush painting, chiaroscuro painting, grisaille, tenebrism,
    sfumato, alla prima, glazing technique, underpainting, scumbling, craquelure, plein air, en plein air, wet on wet,
    wet in wet, gilded painting, gold leaf painting, pouring paint, drip painting, action painting,
    color field painting, colour field painting, trompe l oeil, ceiling fresco, altarpiece painting,
    triptych painting, illuminated manuscript, medieval manuscript, manuscript illumination, miniature painting,
    mughal miniature, persian miniature, aboriginal dot painting, dot painting, warli, madhubani, tanjore, thangka,
    kalighat, gond painting, cave painting, rock art, lascaux, batik, wycinanki, pastel painting, soft pastels,
    pastel on paper, chalk pastel, chalk pastels, dry pastel, mixed media on canvas, mixed media painting,
    matte painting, digital painting, digitally painted, speedpainting, ukiyo e, woodblock print style hokusai,
    vellum painting, still life painting, old master painting, museum painting, paint by numbers, airbrush,
    airbrushed, airbrush painting, velvet painting, graffiti mural, street art mural, impressionist, impressionism,
    impressionistic, post impressionist, post impressionism, neo impressionism, expressionist, expressionism,
    abstract expressionism, abstract expressionist, fauvism, fauvist, cubism, cubist, pointillism, pointillist,
    divisionism, pre raphaelite, preraphaelite, pre raphaelites, suprematism, rayonism, orphism, tonalism, tonalist,
    luminism, ashcan school, barbizon school, hudson river school, old master, old masters, baroque painting,
    renaissance painting, rococo painting, romanticism, neoclassicism painting, flemish baroque, dutch golden age,
    mannerism, northern renaissance, italian renaissance, high renaissance, early netherlandish, academic art,
    academicism, regionalism painting, peredvizhniki, nabis, les nabis, magic realism painting,
    socialist realism painting, surrealist painting, metaphysical painting
    """,
    implied="""
    van gogh, vincent van gogh, starry night style, monet, claude monet, water lilies monet, rembrandt,
    rembrandt van rijn, vermeer, johannes vermeer, caravaggio, picasso, pablo picasso, cezanne, paul cezanne, renoir,
    auguste renoir, degas, edgar degas, manet, edouard manet, gauguin, paul gauguin, toulouse lautrec, seurat,
    georges seurat, signac, pissarro, camille pissarro, sisley, mary cassatt, berthe morisot, caillebotte,
    henri rousseau, matisse, henri matisse, derain, kandinsky, wassily kandinsky, paul klee, franz marc, august macke,
    kirchner, egon schiele, schiele, klimt, gustav klimt, kokoschka, edvard munch, munch, mondrian, malevich, chagall,
    marc chagall, modigliani, soutine, georges braque, fernand leger, juan gris, salvador dali, dali painting,
    rene magritte, magritte, max ernst, giorgio de chirico, de chirico, joan miro, miro painting, frida kahlo,
    diego rivera, remedios varo, leonora carrington, dorothea tanning, yves tanguy, paul delvaux, beksinski,
    zdzislaw beksinski, francis bacon painting, lucian freud, edward hopper, hopper painting, andrew wyeth, wyeth,
    grant wood, georgia o keeffe, o keeffe, jackson pollock, pollock, mark rothko, rothko, willem de kooning,
    franz kline, helen frankenthaler, cy twombly, basquiat, jean michel basquiat, david hockney, hockney,
    wayne thiebaud, thiebaud, gerhard richter, anselm kiefer, peter doig, kehinde wiley, odd nerdrum, turner painting,
    j m w turner, jmw turner, william turner, john constable, constable painting, gainsborough, joshua reynolds,
    john martin, william blake, caspar david friedrich, friedrich painting, delacroix, eugene delacroix, gericault,
    ingres, jacques louis david, goya, francisco goya, velazquez, diego velazquez, el greco, zurbaran, murillo,
    titian, tintoretto, veronese, giorgione, bellini, botticelli, sandro botticelli, raphael sanzio,
    leonardo da vinci, da vinci painting, michelangelo painting, giotto, fra angelico, piero della francesca,
    mantegna, artemisia gentileschi, guido reni, tiepolo, canaletto, guardi, rubens, peter paul rubens, van dyck,
    anthony van dyck, frans hals, jan steen, jacob van ruisdael, pieter bruegel, bruegel, brueghel, hieronymus bosch,
    bosch painting, jan van eyck, van eyck, rogier van der weyden, hans memling, hans holbein, holbein, cranach,
    albrecht altdorfer, durer painting, arcimboldo, fragonard, jean honore fragonard, watteau, boucher, chardin,
    bouguereau, william adolphe bouguereau, adolphe bouguereau, gerome, jean leon gerome, alexandre cabanel, cabanel,
    lawrence alma tadema, alma tadema, john william waterhouse, waterhouse, john william godward, godward,
    frederic leighton, lord leighton, dante gabriel rossetti, rossetti, john everett millais, millais,
    edward burne jones, burne jones, william holman hunt, herbert draper, evelyn de morgan, edmund blair leighton,
    arnold bocklin, bocklin, gustave moreau, odilon redon, redon, fernand khnopff, franz von stuck,
    puvis de chavannes, john singer sargent, singer sargent, sargent, joaquin sorolla, sorolla, anders zorn, zorn,
    ilya repin, repin, ivan aivazovsky, aivazovsky, ivan shishkin, shishkin, isaac levitan, levitan, viktor vasnetsov,
    vasnetsov, mikhail vrubel, vrubel, valentin serov, nicholas roerich, roerich, arkhip kuindzhi, kuindzhi,
    ferdinand hodler, giovanni segantini, vilhelm hammershoi, hammershoi, peder balke, akseli gallen kallela,
    theodor kittelsen, kittelsen, john bauer, albert bierstadt, bierstadt, thomas cole, frederic edwin church,
    frederic church, thomas moran, winslow homer, james mcneill whistler, whistler, childe hassam, robert henri,
    george bellows, thomas eakins, william merritt chase, thomas kinkade, kinkade, bob ross, leonid afremov, afremov,
    jeremy mann, richard schmid, casey baugh, alyssa monks, craig davison, andre kohn, hovik zohrabyan, hokusai,
    katsushika hokusai, hiroshige, utagawa hiroshige, utamaro, sharaku, yoshitoshi, sesshu, tohaku, xu beihong,
    qi baishi, zhang daqian, wu guanzhong, bada shanren, fan kuan, jamini roy, raja ravi varma, ravi varma,
    m f husain, amrita sher gil, wifredo lam, tarsila do amaral, fernando botero, botero, xul solar,
    national gallery painting, louvre painting, prado, uffizi, hermitage painting, wikiart, painted texture,
    rough strokes, textured strokes, sketchy brush, sweeping strokes, splashes of paint, ink splash, ink splatter,
    paint dripping, color bleeding, wet edges, granulation, cold press paper, washes of color, soft washes, pigment,
    varnish, baroque, rococo, renaissance, chiaroscuro, mural, still life, vanitas, sfumato lighting,
    rembrandt painting light, style of the old masters, 19th century painting, 18th century painting,
    17th century painting, 16th century painting, 15th century painting, studio of rubens
    """,
)
