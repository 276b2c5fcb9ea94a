"""Comics and cartoons: publishers, artists, series, print effects."""

from __future__ import annotations

from .phrases import Concept

COMIC = Concept(
    "style",
    "comic",
    said="""
    comic, comics, comic book, comicbook, comic style, comic art, comic book art, comic book style, comic page,
    comic panel, comic panels, comic strip, comic cover, comic book cover, comic illustration, comic drawing,
    comic ink, comic inks, comic inking, comic shading, comic character, comic scene, webcomic, web comic,
    graphic novel, graphic novel style, graphic novel art, graphic novel page, graphic novel illustration,
    bande dessinee, bd style, franco belgian comic, ligne claire, clear line style, fumetti, fumetto, historieta,
    tebeo, underground comix, comix, newspaper strip, newspaper comic, sunday strip, four panel comic, 4 panel comic,
    three panel comic, yonkoma, pop art comic, golden age comic, silver age comic, bronze age comic, superhero comic,
    american comic, marvel comic, marvel comics, dc comic, dc comics, image comics, dark horse comic,
    dark horse comics, vertigo comics, 2000 ad, heavy metal magazine, metal hurlant, mad magazine, ec comics,
    archie comics, tales from the crypt comic, speech bubbles, speech balloons, thought bubble, motion lines,
    sound effect lettering, splash page, inked comic, noir comic, vintage comic, retro comic, political cartoon,
    editorial cartoon, caricature, caricatures, new yorker cartoon, far side cartoon, gag cartoon, photonovel,
    cartoon, cartoons, cartoon style, cartoonish, cartoony, cartoon drawing, cartoon illustration, cartoon character,
    cartoon network style, toon style, saturday morning cartoon, rubber hose, rubberhose, rubber hose animation,
    1930s cartoon, disney style, disney animation, disney 2d animation, 2d disney, hanna barbera, looney tunes,
    looney tunes style, adult swim style, cuphead style, simpsons style, rick and morty style, adventure time style,
    family guy style, south park style, futurama style, gravity falls style, steven universe style, spongebob style,
    powerpuff girls style, peanuts style, garfield style, calvin and hobbes style, batman animated series, bruce timm
    """,
    implied="""
    halftone, half tone, halftone dots, halftone print, ben day dots, benday dots, ben-day dots, cmyk print,
    newsprint comic, four color process, bold ink outlines, thick outlines, bold outlines, bold black outlines,
    ink outlines, heavy inks, spot blacks, cross hatched inks, action lines, dynamic inking, inked lines,
    panel borders, panel layout, speech bubble, speech balloon, onomatopoeia, kapow, roy lichtenstein, lichtenstein,
    jack kirby, kirby crackle, steve ditko, stan lee, frank miller, alan moore, dave gibbons, jim lee, todd mcfarlane,
    mcfarlane, rob liefeld, alex ross, mike mignola, mignola, hellboy style, hellboy, bill sienkiewicz, sienkiewicz,
    neal adams, john romita, john buscema, will eisner, moebius, jean giraud, enki bilal, bilal, philippe druillet,
    herge, tintin, asterix, uderzo, franquin, spirou, lucky luke, milo manara, hugo pratt, corto maltese,
    sergio toppi, juanjo guarnido, blacksad, fabio moon, geof darrow, darrow, frank quitely, adam hughes,
    j scott campbell, jamie hewlett, hewlett, gorillaz, tank girl, robert crumb, crumb, chris ware, daniel clowes,
    charles burns, art spiegelman, winsor mccay, little nemo, charles schulz, peanuts comic, bill watterson,
    calvin and hobbes, gary larson, hal foster, prince valiant, alex raymond, flash gordon comic, milton caniff,
    wally wood, frank frazetta comic, bernie wrightson, richard corben, simon bisley, brian bolland, judge dredd,
    dave mckean, sandman comic, jock, sean gordon murphy, sean murphy, jorge jimenez, greg capullo,
    gabriele dell otto, skottie young, scott pilgrim, bryan lee o malley, jeff smith bone, fiona staples, saga comic,
    spawn, sin city, watchmen, v for vendetta, walking dead comic, the boys comic, invincible, spiderverse,
    spider verse, into the spider verse, spider man comic, batman comic, superman comic, x men comic, wolverine comic,
    avengers comic, borderlands style, borderlands, telltale style, telltale games, xiii game, comixology, simpsons,
    futurama, family guy, rick and morty, adventure time, looney tunes, bugs bunny, mickey mouse, betty boop, popeye,
    tex avery, chuck jones, max fleischer, fleischer studios, cuphead, don bluth, genndy tartakovsky, samurai jack,
    dexter s laboratory, cartoon network, nickelodeon, ren and stimpy, spongebob, gravity falls, steven universe,
    scooby doo, flintstones, tom and jerry, powerpuff girls, cow and chicken, courage the cowardly dog, garfield,
    dilbert, smurfs, moomin, moomins, snoopy, donald duck, duckburg, carl barks, don rosa
    """,
)
