"""French phrases; accents do not matter."""

from __future__ import annotations

from .phrases import Concept

FRENCH = (
    Concept(
        "shape", "tall",
        said="""
            (fond d ecran|fond|wallpaper) (de|pour|pour mon|pour le) (telephone|portable|smartphone|iphone|mobile),
            fond d ecran telephone, ecran de verrouillage, format portrait, en mode portrait, orientation portrait,
            format vertical, image verticale, photo verticale, a la verticale, en vertical, verticale,
            story instagram, pour une story, affiche de (film|cinema|concert|voyage|theatre), couverture de (livre|
            roman|magazine|bd|bande dessinee|manga), carte de tarot, carte a collectionner, marque page,
            carte de voeux, carte d anniversaire, carte d invitation, faire part, depliant, prospectus, flyer,
            plus haut que large
            """,
        implied="""
            portrait, portrait de, portrait d un, portrait d une, autoportrait, gros plan du visage, en pied,
            portrait en pied, plan americain, corps entier, de la tete aux pieds, mi corps, buste, affiche,
            affiche de, photo d identite, fiche personnage, planche de personnage
            """,
    ),
    Concept(
        "shape", "wide",
        said="""
            (fond d ecran|wallpaper) (de|pour|pour mon|pour le) (bureau|ordinateur|pc|ordi|ecran large), fond d ecran,
            fond d ecran pc, format paysage, en mode paysage, orientation paysage, format horizontal,
            image horizontale, photo horizontale, a l horizontale, en horizontal, horizontale, format large,
            ecran large, panoramique, vue panoramique, photo panoramique, panorama, format cinema, format cinemascope,
            cinemascope, banniere, banniere web, bandeau, en tete de site, couverture facebook, miniature youtube,
            vignette youtube, carte de visite, carte postale, panneau publicitaire, diapositive, double page,
            plus large que haut
            """,
        implied="""
            grand angle, plan large, plan d ensemble, plan tres large, paysage, paysage de, paysage urbain, skyline,
            image de film, scene de film, plan de cinema, vue aerienne, photo aerienne, photo de groupe,
            photo de famille
            """,
    ),
    Concept(
        "shape", "square",
        said="""
            format carre, image carree, photo carree, au format carre, en carre, composition carree, photo de profil,
            image de profil, avatar, avatar de, pochette d album, pochette de disque, pochette de vinyle,
            couverture de podcast, publication instagram, post instagram, pour instagram, meme hauteur et largeur
            """,
        implied="""
            icone, icone d application, icone de, autocollant, sticker, vignette autocollante, emoji,
            motif sans raccord, motif repetitif, texture sans raccord, pin s, ecusson
            """,
    ),
    Concept(
        "style", "photo",
        said="""
            photo, photos, photographie, photographies, photographique, photo de, photographie de, photorealiste,
            photo realiste, photorealisme, hyperrealiste, hyper realiste, hyperrealisme, ultra realiste,
            ultrarealiste, tres realiste, vraie photo, photo argentique, argentique, photo noir et blanc,
            photo en noir et blanc, photo de rue, photo de studio, photo de produit, photojournalisme,
            reportage photo, selfie, instantane, comme une photo, prise de vue, photo ancienne, seance photo,
            macrophotographie, polaroid
            """,
        implied="""
            realiste, realisme, profondeur de champ, flou d arriere plan, arriere plan flou, pose longue,
            longue exposition, appareil reflex, reflex, objectif 50, teleobjectif, grain argentique, grain de film,
            lumiere naturelle, pellicule
            """,
    ),
    Concept(
        "style", "anime",
        said="""
            anime, style anime, style manga, manga, dessin anime japonais, animation japonaise, planche de manga,
            fille anime, personnage d anime, chibi, kawaii, style ghibli, facon ghibli, japanime, japanimation, waifu,
            roman visuel
            """,
        implied="""
            studio ghibli, ghibli, miyazaki
            """,
    ),
    Concept(
        "style", "comic",
        said="""
            bande dessinee, bandes dessinees, =bd, en bd, style bd, style bande dessinee, planche de bd, case de bd,
            vignette de bd, comics, comic, roman graphique, caricature, dessin humoristique, dessin anime,
            dessins animes, style dessin anime, style cartoon, bulle de dialogue, bulles de dialogue, ligne claire,
            phylactere
            """,
        implied="""
            tintin, asterix, herge, moebius, franquin, spirou, gaston lagaffe
            """,
    ),
    Concept(
        "style", "illustration",
        said="""
            illustration, illustrations, illustration pour enfants, illustration jeunesse, illustration numerique,
            livre pour enfants, livre d enfants, album jeunesse, conte illustre, dessin, dessins, dessin de,
            dessin au crayon, au crayon, crayon, crayons de couleur, crayonne, croquis, esquisse, fusain, au fusain,
            dessin a l encre, a l encre, encre de chine, a la plume, gravure, eau forte, gravure sur bois,
            linogravure, lithographie, serigraphie, estampe, dessin au dessine a la main, gribouillage, stylo bille,
            art numerique, dessin numerique, coloriage, livre de coloriage, collage, papier decoupe,
            pastel gras enfant
            """,
    ),
    Concept(
        "style", "concept_art",
        said="""
            concept art, art conceptuel, dessin conceptuel, design de personnage, conception de personnage,
            planche de personnage, fiche de personnage, chara design, design de creature, design d environnement,
            art de jeu video, visuel de jeu video, recherche graphique, planche de reference, decor de jeu
            """,
        implied="""
            tendance sur artstation
            """,
    ),
    Concept(
        "style", "painting",
        said="""
            peinture, peintures, peinture de, peinture a l huile, huile sur toile, a l huile, un tableau, tableau de,
            aquarelle, aquarelles, a l aquarelle, en aquarelle, gouache, a la gouache, acrylique, a l acrylique,
            peinture acrylique, pastel sec, au pastel, detrempe, tempera, fresque, peinture murale, coup de pinceau,
            coups de pinceau, touche picturale, pictural, peint a la main, peint, peinte, sur toile, empatement,
            couteau a peindre, impressionniste, impressionnisme, expressionniste, expressionnisme, pointillisme,
            pointilliste, cubisme, cubiste, fauvisme, peinture baroque, peinture renaissance, lavis, encre et lavis,
            clair obscur, nature morte, art naif, peinture numerique
            """,
        implied="""
            van gogh, monet, cezanne, delacroix, renoir, degas, toulouse lautrec, matisse, facon monet
            """,
    ),
    Concept(
        "style", "pixel_art",
        said="""
            pixel art, art pixel, pixelise, pixelisee, en pixels, pixels, style pixel, 8 bits, 16 bits, 8 bit, 16 bit,
            jeu retro, jeu video retro, sprite, feuille de sprites, graphismes pixelises, gros pixels,
            jeu video des annees 80, jeu video des annees 90
            """,
        implied="""
            vieux jeu video, console retro
            """,
    ),
    Concept(
        "style", "render_3d",
        said="""
            rendu 3d, 3d, en 3d, image 3d, modele 3d, modelisation 3d, animation 3d, images de synthese,
            image de synthese, infographie 3d, rendu octane, rendu blender, pate a modeler, en pate a modeler,
            animation en volume, stop motion, low poly, voxel, style pixar, facon pixar, film d animation 3d,
            dessin anime 3d, tridimensionnel
            """,
        implied="""
            lancer de rayons, figurine de collection
            """,
    ),
    Concept(
        "style", "vector",
        said="""
            vectoriel, vectorielle, vecteur, illustration vectorielle, dessin vectoriel, image vectorielle,
            graphisme vectoriel, flat design, design plat, style plat, aplat, aplats, aplats de couleur, pictogramme,
            clipart, couleurs plates, illustration plate
            """,
    ),
    Concept(
        "style", "logo",
        said="""
            logo, logos, logo pour, logo de, logotype, embleme, blason, armoiries, ecusson de, identite visuelle,
            charte graphique, image de marque, icone d application, icone pour, creation de logo, monogramme, sigle,
            mascotte, marque deposee, logo d entreprise, insigne
            """,
    ),
    Concept(
        "style", "text",
        said="""
            avec le texte, avec du texte, texte, le texte, qui dit, disant, ou il est ecrit, il est ecrit,
            ecrit dessus, ecrit en, avec les mots, avec le mot, le mot, les mots, avec le titre, le titre,
            avec l inscription, inscription, panneau disant, panneau qui dit, pancarte, lettrage, typographie,
            typographique, calligraphie, police d ecriture, slogan, avec le slogan, legende, en lettres, lettres d or,
            grosses lettres, citation, sous titre, portant l inscription
            """,
    ),
    Concept(
        "style", "fantasy",
        said="""
            fantasy, fantastique, heroic fantasy, dark fantasy, medieval fantastique, monde fantastique,
            univers fantastique, art fantastique, style fantastique, donjons et dragons, le seigneur des anneaux,
            terre du milieu, epee et sorcellerie, fantaisie, monde de fantasy, royaume enchante
            """,
        implied="""
            conte de fees, feerique, magique, enchante, elfique, elfe, mythologique
            """,
    ),
    Concept(
        "style", "film",
        said="""
            cinematographique, image de film, scene de film, plan de film, comme au cinema, comme dans un film,
            photogramme, rendu cinema, style cinema, esthetique de cinema, film noir, nouvelle vague,
            plan cinematographique, ambiance cinema, arret sur image, extrait de film
            """,
        implied="""
            cinematique, godard, truffaut, jeunet, cinema
            """,
    ),
    Concept(
        "effort", "quick",
        said="""
            esquisse rapide, croquis rapide, croquis, dessin rapide, brouillon, un brouillon, ebauche, gribouillis,
            gribouillage, test rapide, juste un test, un essai, juste un essai, pour tester, pour essayer, apercu,
            un apercu, apercu rapide, =rapidement, vite fait, =vite, le plus vite possible, au plus vite,
            sans details, peu de details, peu detaille, maquette rapide, image provisoire, version rapide,
            qualite moyenne suffit, peu importe la qualite, fais vite, a la va vite, jet rapide, premier jet
            """,
    ),
    Concept(
        "effort", "detailed",
        said="""
            tres detaille, tres detaillee, hautement detaille, ultra detaille, hyper detaille, super detaille,
            extremement detaille, extremement detaillee, detaille, detaillee, minutieux, minutieuse, riche en details,
            plein de details, avec beaucoup de details, beaucoup de details, details fins, moindres details,
            haute resolution, tres haute resolution, haute definition, haute qualite, tres haute qualite,
            meilleure qualite possible, meilleure qualite, qualite maximale, qualite d impression, qualite musee,
            pour impression,,
            pour l impression, a imprimer, pour imprimer, pret a imprimer, details complexes, complexe et detaille,
            finement detaille, soigne, niveau de detail, finition parfaite
            """,
        added="""
            chef d oeuvre, 8k, 4k
            """,
    ),
)  # fmt: skip
"""Shapes, styles and efforts in French."""
