"""German phrases; "ae" for "ä" is written where people type it."""

from __future__ import annotations

from .phrases import Concept

GERMAN = (
    Concept(
        "shape", "tall",
        said="""
            handyhintergrund, handy hintergrund, handy wallpaper, handyhintergrundbild, handy hintergrundbild,
            (hintergrund|hintergrundbild|wallpaper|bild) (fur|furs|fur mein|fur das|fuer mein|fuers) (handy|
            smartphone|iphone|telefon), sperrbildschirm, hochformat, im hochformat, hochkant, =vertikal,
            vertikales bild, =senkrecht, senkrechtes bild, instagram story, fur eine story, filmplakat, kinoplakat,
            konzertplakat, reiseplakat, buchcover, buchumschlag, romancover, buchtitelbild, titelbild fur ein buch,
            zeitschriftencover, magazincover, comiccover, tarotkarte, sammelkarte, spielkarte, lesezeichen,
            grusskarte, geburtstagskarte, einladungskarte, hochzeitskarte, flugblatt, handzettel, faltblatt, flyer,
            hoher als breit, a4 hochformat, rollup
            """,
        implied="""
            portrat, portraet, portrait, portrat von, portrait von, selbstportrat, selbstbildnis, bildnis, brustbild,
            halbfigur, ganzkorper, ganzkorperbild, ganzkorperaufnahme, ganzfigur, von kopf bis fuss, oberkorper,
            nahaufnahme des gesichts, plakat, poster, passfoto, passbild, bewerbungsfoto, charakterbogen,
            charakterdesign, figurenentwurf
            """,
    ),
    Concept(
        "shape", "wide",
        said="""
            desktophintergrund, desktop hintergrund, desktop hintergrundbild, desktopbild, (hintergrund|
            hintergrundbild|wallpaper|bild) (fur|furs|fur den|fur meinen|fuer den|fuer meinen) (desktop|pc|computer|
            laptop|monitor|bildschirm|rechner), bildschirmhintergrund, hintergrundbild, querformat, im querformat,
            =quer, =horizontal, waagerecht, waagrecht, breitbild, breitformat, im breitformat, breitbildformat,
            kinoformat, panorama, panoramabild, panoramafoto, panoramaansicht, panoramaformat, banner, webbanner,
            webseitenbanner, kopfbild, titelbild fur facebook, youtube vorschaubild, youtube thumbnail, visitenkarte,
            postkarte, ansichtskarte, werbetafel, plakatwand, folie, praesentationsfolie, doppelseite,
            breiter als hoch, cinemascope
            """,
        implied="""
            weitwinkel, weitwinkelaufnahme, weitwinkelobjektiv, totale, halbtotale, landschaft, landschaft mit,
            landschaftsbild, landschaftsfoto, landschaftsaufnahme, stadtansicht, stadtpanorama, skyline, filmszene,
            filmstandbild, standbild, luftaufnahme, luftbild, gruppenfoto, gruppenbild, familienfoto, drohnenaufnahme
            """,
    ),
    Concept(
        "shape", "square",
        said="""
            quadratisch, quadratisches bild, quadratisches format, im quadratischen format, quadratformat, im quadrat,
            als quadrat, quadratisches foto, profilbild, profilfoto, avatar, avatar von, albumcover, plattencover,
            cd cover, schallplattencover, podcast cover, instagram post, instagram beitrag, fur instagram,
            gleich hoch wie breit, so breit wie hoch
            """,
        implied="""
            app icon, symbolbild, icon, symbol fur, aufkleber, sticker, emoji, kachelmuster, nahtloses muster,
            nahtlose textur, endlosmuster, anstecker, abzeichen
            """,
    ),
    Concept(
        "style", "photo",
        said="""
            foto, fotos, fotografie, fotografien, fotografisch, foto von, fotografie von, fotografiert,
            fotorealistisch, foto realistisch, fotorealismus, hyperrealistisch, ultrarealistisch, ultra realistisch,
            sehr realistisch, lebensecht, echtes foto, wie ein foto, wie fotografiert, schnappschuss, selfie,
            schwarzweissfoto, schwarz weiss foto, schwarz weiss aufnahme, portratfoto, studioaufnahme, studiofoto,
            makroaufnahme, makrofoto, nahaufnahme foto, aufnahme von, naturaufnahme, produktfoto, analogfoto,
            analoge fotografie, strassenfotografie, pressefoto, reportagefoto, sofortbild, polaroid, lichtbild,
            photographie, spiegelreflex
            """,
        implied="""
            realistisch, realismus, naturgetreu, echt aussehend, tiefenscharfe, unscharfer hintergrund,
            hintergrundunscharfe, langzeitbelichtung, spiegelreflexkamera, teleobjektiv, makroobjektiv, filmkorn,
            natuerliches licht, naturliches licht, festbrennweite, brennweite, blende 1 8
            """,
    ),
    Concept(
        "style", "anime",
        said="""
            anime, animestil, anime stil, im anime stil, im animestil, animefigur, anime madchen, manga, mangastil,
            manga stil, im manga stil, manga zeichnung, mangaseite, japanischer zeichentrick, japanische animation,
            chibi, kawaii, ghibli stil, im ghibli stil, visual novel, wie ein anime, zeichentrick aus japan
            """,
        implied="""
            studio ghibli, ghibli, miyazaki
            """,
    ),
    Concept(
        "style", "comic",
        said="""
            comic, comics, comicstil, comic stil, im comicstil, im comic stil, comiczeichnung, comicheft, comicseite,
            comicpanel, comicfigur, bildergeschichte, graphic novel, karikatur, karikaturen, cartoon, zeichentrick,
            zeichentrickfigur, zeichentrickstil, im zeichentrickstil, sprechblase, sprechblasen, lustiges taschenbuch
            """,
        implied="""
            asterix, fix und foxi, rasterpunkte
            """,
    ),
    Concept(
        "style", "illustration",
        said="""
            illustration, illustrationen, illustriert, kinderbuch, kinderbuchillustration, kinderbuch illustration,
            bilderbuch, bilderbuchstil, marchenbuch, zeichnung, zeichnungen, zeichnung von, bleistiftzeichnung,
            bleistift, mit bleistift, bleistiftskizze, buntstift, buntstifte, buntstiftzeichnung, tuschezeichnung,
            tusche, federzeichnung, kugelschreiber, kugelschreiberzeichnung, kohlezeichnung, kohle zeichnung,
            kreidezeichnung, wachsmalstift, wachsmalkreide, skizze, radierung, kupferstich, holzschnitt, linolschnitt,
            lithografie, siebdruck, scherenschnitt, strichzeichnung, linienzeichnung, handgezeichnet, gezeichnet,
            gezeichnete, kritzelei, ausmalbild, malbuch, malvorlage, digitale kunst, digitale illustration, collage,
            kinderzeichnung
            """,
    ),
    Concept(
        "style", "concept_art",
        said="""
            konzeptkunst, konzeptzeichnung, konzeptgrafik, concept art, konzeptbild, charakterdesign, figurendesign,
            charakterentwurf, kreaturendesign, umgebungsdesign, spielgrafik konzept, charakterbogen, referenzblatt,
            kostumentwurf, fahrzeugentwurf, spielekonzept
            """,
        implied="""
            artstation trend
            """,
    ),
    Concept(
        "style", "painting",
        said="""
            gemalde, gemaelde, gemalde von, olgemalde, oelgemaelde, olbild, olmalerei, oelmalerei, ol auf leinwand,
            oel auf leinwand, olfarbe, olfarben, in ol, aquarell, aquarelle, aquarellbild, aquarellmalerei,
            aquarellstil, wasserfarbe, wasserfarben, wasserfarbenbild, gouache, acryl, acrylbild, acrylmalerei,
            acrylgemalde, acrylfarben, temperamalerei, tempera, pastell, pastellmalerei, pastellbild, fresko,
            wandgemalde, wandmalerei, malerei, malerisch, gemalt, gemalt in ol, gemaltes bild, handgemalt,
            auf leinwand, leinwandbild, pinselstriche, pinselstrich, spachteltechnik, tuschmalerei, impressionistisch,
            impressionismus, expressionistisch, expressionismus, kubismus, kubistisch, pointillismus, barock,
            barockgemalde, barockmalerei, renaissancegemalde, stillleben, alter meister, alte meister,
            digitale malerei
            """,
        implied="""
            van gogh, caspar david friedrich, durer, franz marc, klimt, spitzweg, paula modersohn becker
            """,
    ),
    Concept(
        "style", "pixel_art",
        said="""
            pixelkunst, pixelgrafik, pixel art, pixelart, pixelig, pixelige, verpixelt, pixelstil, pixel stil,
            im pixelstil, pixelspiel, 8 bit, 16 bit, 8 bit stil, retrospiel, retro spiel, retro videospiel, sprite,
            sprites, spielfigur in pixeln, in pixeln, aus pixeln, grobe pixel, kachelsatz
            """,
        implied="""
            altes computerspiel, altes videospiel, c 64, amiga
            """,
    ),
    Concept(
        "style", "render_3d",
        said="""
            3d, 3d render, 3d rendering, 3d grafik, 3d modell, 3d animation, 3d bild, 3d figur, gerendert,
            gerendertes bild, computeranimation, computergrafik, computeranimiert, computergeneriert, knetanimation,
            knetfigur, knete, aus knete, stop motion, voxel, low poly, polygongrafik, pixar stil, im pixar stil,
            wie ein pixar film, animationsfilm, dreidimensional
            """,
        implied="""
            raytracing, sammelfigur, playmobil, spielfigur, diorama
            """,
    ),
    Concept(
        "style", "vector",
        said="""
            vektorgrafik, vektor, vektorillustration, vektorbild, vektorstil, vektorzeichnung, vektorisiert,
            flaches design, flat design, flache illustration, flache grafik, flaechige farben, flachige farben,
            piktogramm, piktogramme, clipart, schablone, strichgrafik, einfarbige flachen
            """,
    ),
    Concept(
        "style", "logo",
        said="""
            logo, logos, logo fur, logo fuer, logo mit, firmenlogo, vereinslogo, markenlogo, logodesign, logoentwurf,
            wappen, emblem, vereinswappen, familienwappen, markenzeichen, wortmarke, bildmarke, signet, firmenzeichen,
            app symbol, app icon, icon fur, symbol fur, abzeichen fur, monogramm, maskottchen, corporate design,
            markenauftritt
            """,
    ),
    Concept(
        "style", "text",
        said="""
            mit dem text, mit text, der text, mit der aufschrift, aufschrift, mit den worten, mit dem wort, das wort,
            die worte, auf dem steht, auf der steht, darauf steht, darauf stehen, mit dem titel, der titel,
            mit der uberschrift, uberschrift, mit dem schriftzug, schriftzug, schild mit, schild auf dem,
            beschriftung, beschriftet, beschriftet mit, inschrift, mit der inschrift, slogan, mit dem slogan,
            typografie, typographie, kalligrafie, kalligraphie, schrift, schriftart, handschrift, handlettering,
            lettering, in grossen buchstaben, buchstaben, in buchstaben, mit dem namen, untertitel, zitat, spruch,
            mit dem spruch
            """,
    ),
    Concept(
        "style", "fantasy",
        said="""
            fantasy, fantasie, fantasystil, fantasy stil, im fantasystil, fantasywelt, fantasybild, fantasykunst,
            fantasielandschaft, dunkle fantasy, dark fantasy, mittelalter fantasy, herr der ringe, mittelerde,
            dungeons and dragons, schwert und magie, das schwarze auge, phantastik, fantastisch, fantastische kunst,
            phantastische kunst
            """,
        implied="""
            marchenhaft, marchen, magisch, verzaubert, elfisch, elfe, mythologisch, sagenhaft
            """,
    ),
    Concept(
        "style", "film",
        said="""
            filmisch, wie im film, wie im kino, wie aus einem film, filmszene, filmstandbild, filmstill, filmlook,
            kinolook, kinofilm, kinoreif, standbild aus einem film, szene aus einem film, filmaufnahme, cineastisch,
            kinematografisch, film noir, kino look, filmoptik, filmkader
            """,
        implied="""
            cinematisch, wim wenders, fritz lang, fassbinder
            """,
    ),
    Concept(
        "effort", "quick",
        said="""
            schnelle skizze, grobe skizze, skizzenhaft, rohskizze, grob skizziert, entwurf, ein entwurf,
            erster entwurf, rohentwurf, grober entwurf, schneller entwurf, nur ein entwurf, nur ein test, ein test,
            zum testen, testbild, probebild, nur zur probe, vorschau, schnelle vorschau, kurze vorschau, =schnell,
            so schnell wie moglich, moglichst schnell, auf die schnelle, bitte schnell, mach schnell, ohne details,
            wenig details, wenige details, nicht so detailliert, kritzelei, gekritzel, hingekritzelt, schmierskizze,
            platzhalter, platzhalterbild, qualitat egal, qualitat ist egal, ganz schnell, kurz skizziert
            """,
    ),
    Concept(
        "effort", "detailed",
        said="""
            sehr detailliert, hoch detailliert, hochdetailliert, extrem detailliert, ausserst detailliert,
            ultra detailliert, super detailliert, detailliert, detailliertes, detaillierte, detailreich,
            detailreiches, detailreiche, sehr detailreich, detailgetreu, viele details, mit vielen details,
            voller details, bis ins kleinste detail, feine details, hochauflosend, hochaufgelost, hohe auflosung,
            hohe qualitat, hochste qualitat, beste qualitat, hochwertig, druckqualitat, druckreif, druckfertig,
            fur den druck, zum drucken, zum ausdrucken, museumsqualitat, filigran, aufwendig, aufwandig, kunstvoll,
            akribisch, sorgfaltig, fein ausgearbeitet, so detailliert wie moglich, in bester qualitat, ausgefeilt
            """,
        added="""
            meisterwerk, 8k, 4k, meisterhaft
            """,
    ),
)  # fmt: skip
"""Shapes, styles and efforts in German."""
