"""Vector graphics: programs, formats, flat styles."""

from __future__ import annotations

from .phrases import Concept

VECTOR = Concept(
    "style",
    "vector",
    said="""
    vector, vectors, vector art, vector artwork, vector graphic, vector graphics, vector illustration, vector image,
    vector style, vector drawing, vector design, vector logo, vector icon, vector poster, vector cartoon,
    vector portrait, vector file, vector format, vector flat, vector mascot, vector pattern, vector background,
    vector landscape, vector clipart, vector sticker, vectorized, vectorised, vectorial, vector line art,
    vector shapes, vector silhouette, stock vector, svg, svg file, svg icon, svg style, eps file, flat vector,
    flat design, flat design style, flat illustration, flat art, flat art style, flat graphic, flat graphics,
    flat style, flat style illustration, flat 2d, flat 2d illustration, flat icon, flat icons, flat logo,
    flat color illustration, flat colour illustration, 2d flat, semi flat, material design, material you,
    corporate memphis, alegria style, alegria art, corporate illustration style, big tech illustration, undraw,
    undraw style, humaaans, clipart, clip art, clip-art, papercut vector, cut file, cricut, cricut file, cricut svg,
    silhouette cameo, vinyl cut file, laser cut file, dxf, stencil, stencil art, line icon, line icons, outline icon,
    glyph icon, icon set flat, pictogram, pictograms, infographic illustration, isometric vector, isometric flat,
    monoline, mono line, monoline illustration, continuous line vector, bezier, bezier curves, vector tracing, vexel,
    minimal vector, minimalist vector, geometric vector, gradient vector
    """,
    implied="""
    adobe illustrator, illustrator file, in illustrator, made in illustrator, adobe illustrator style, inkscape,
    coreldraw, corel draw, affinity designer, figma, figma illustration, sketch app, dribbble, dribble,
    trending on dribbble, behance, on behance, behance hd, freepik, vecteezy, vectorstock, flaticon, noun project,
    iconfinder, shutterstock vector, storyset, drawkit, blush design, lottie, lottie animation, motion graphics,
    kurzgesagt, kurzgesagt style, in a nutshell style, ted ed style, duolingo style, google doodle, headspace style,
    airbnb illustration style, dropbox illustration, slack illustration, spot icon, crisp edges, clean edges,
    sharp clean edges, clean vector lines, clean lines, clean shapes, simple shapes, geometric shapes, basic shapes,
    solid colors, solid colours, solid color, solid fill, solid fills, flat colors, flat colours, flat color,
    flat shading, no gradients, no shading, two color, duotone illustration, limited flat palette, bold flat colors,
    negative space design, swiss style, swiss design, swiss graphic design, international typographic style, bauhaus,
    bauhaus style, bauhaus poster, constructivist poster, minimalist poster, minimal poster,
    mid century modern poster, olly moss, tom whalen, malika favre, saul bass, charley harper, kilian eng vector,
    dan mumford vector, shepard fairey, obey style, hope poster, pop art vector, t shirt design, tshirt design,
    t shirt graphic, tee design, shirt print, screen printing design, decal, vinyl decal, wall decal, car decal,
    cut out sticker, contour sticker, die cut, svg cut, ui illustration, onboarding illustration,
    empty state illustration, website illustration, app illustration, blog illustration, isometric illustration,
    isometric icons, isometric infographic, white background vector, on a plain white background flat, emoji style,
    emoji, twemoji, noto emoji, apple emoji, map icon, warning sign icon, airline safety card, ikea instructions,
    ikea manual, wikihow style, wikihow
    """,
)
