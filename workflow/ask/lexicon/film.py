"""The look of films: directors, cinematographers, cinema cameras and stocks, grading, genres."""

from __future__ import annotations

from .phrases import Concept

FILM = Concept(
    "style",
    "film",
    said="""
    (movie|film|cinematic|cinema|motion picture|blockbuster|hollywood|netflix|hbo|a24|imax|arthouse|art house|noir|
    western|horror movie|sci fi movie|indie film|tv show|tv series|tv|korean drama|k drama|sitcom|period drama|
    70s movie|80s movie|90s movie|1970s film|1980s film|silent film|giallo|kung fu movie|bollywood|nollywood|
    kaiju movie|war movie|superhero movie|marvel movie|disney live action) (still|still frame|frame|screencap|
    screen cap|screenshot|screengrab|shot|scene|look|style|grade|color grade|aesthetic|capture|footage|movie still),
    (still|frame|shot|scene|screenshot|screencap|image) from (a|an|the) (movie|film|tv show|tv series|netflix series|,
    netflix show|motion picture|blockbuster|arthouse film|horror movie|horror film|science fiction movie|sci fi movie|
    , sci fi film|western|noir film|film noir|documentary film|1950s movie|1960s film|1970s film|70s movie|
    1980s movie|, 80s movie|90s movie|wes anderson (film|movie)|kubrick film|david lynch film|tarantino movie|,
    christopher nolan (film|movie)), film look, movie look, like (a|in a|from a) (movie|film), as in a movie,
    as in a film, looks like a movie, filmic, filmic look, cinematographic, movie like, film like, cinematic look,
    cinematic style, cinematic image, cinematic picture, cinematic film still, cinematic photo, cinematic photograph,
    cinematic portrait, cinematic color grading, cinematic colour grading, cinematic color grade, cinematic grading,
    cinematic composition, cinematic framing, cinematography, cinematic masterpiece, film color grading,
    shot like a movie, directed by, cinematography by, film noir, neo noir, noir style, noir movie, technicolor,
    technicolor film, three strip technicolor, super 35, super 8 film, super 16, 16mm film, 70mm film, 65mm film,
    imax, imax film, cinemascope, panavision, vistavision, grindhouse, spaghetti western, french new wave,
    nouvelle vague, german expressionist film, silent movie, movie magic, film set lighting, color graded like a film,
    letterboxed film, motion picture film, celluloid, film print, 8mm film, 35mm movie, cinema still, movie quality
    """,
    implied="""
    cinematic, cinematic lighting, cinematic light, cinematic atmosphere, cinematic mood, cinematic scene,
    cinematic shot, cinematic wide shot, cinematic angle, cinematic view, cinematic feel, cinematic tone,
    cinematic effect, dramatic cinematic, cinematic lens, cinematic depth of field, cinematic still, cinematic film,
    cinematic bokeh, movie lighting, movie set, color grading, colour grading, color graded, teal and orange,
    orange and teal, bleach bypass, day for night, establishing shot, dutch angle, dolly zoom, crane shot,
    tracking shot, steadicam, anamorphic, anamorphic lens, anamorphic flare, anamorphic bokeh, letterbox, black bars,
    halation, gate weave, film burn, kodak vision3, vision3 500t, kodak 5219, cinestill, cinestill 800t, eastmancolor,
    eastman kodak, fuji eterna, arri alexa, arri, alexa lf, alexa mini, alexa 65, red epic, red camera, red komodo,
    red dragon, sony venice, panavision lens, panaflex, cooke lens, cooke s4, cooke anamorphic, zeiss master prime,
    arriflex, bolex, blackmagic, aaton, moviecam, screenplay scene, blockbuster, hollywood, oscar winning,
    best cinematography, academy award, cannes, sundance, a24, criterion collection, criterion, mubi, hammer horror,
    blumhouse, lucasfilm, toho, shaw brothers, weta, wetaworkshop, weta digital, industrial light and magic,
    practical effects, creature effects, stan winston, wes anderson, stanley kubrick, kubrick, denis villeneuve,
    villeneuve, ridley scott, christopher nolan, quentin tarantino, tarantino, david fincher, david lynch, lynchian,
    andrei tarkovsky, tarkovsky, wong kar wai, akira kurosawa, kurosawa, alfred hitchcock, hitchcock, hitchcockian,
    martin scorsese, scorsese, francis ford coppola, coppola, sofia coppola, steven spielberg, spielberg,
    george lucas, james cameron, tim burton, guillermo del toro, del toro, terrence malick, malick, michael mann,
    michael bay, zack snyder, sergio leone, john ford, orson welles, federico fellini, fellini,
    michelangelo antonioni, bernardo bertolucci, dario argento, mario bava, lucio fulci, ingmar bergman,
    lars von trier, jean luc godard, godard, francois truffaut, agnes varda, jean pierre jeunet, luc besson,
    jacques tati, werner herzog, wim wenders, fritz lang, f w murnau, pedro almodovar, alejandro jodorowsky,
    jodorowsky, alejandro inarritu, alfonso cuaron, darren aronofsky, paul thomas anderson, coen brothers, joel coen,
    gaspar noe, nicolas winding refn, ari aster, robert eggers, jordan peele, yorgos lanthimos, bong joon ho,
    park chan wook, hirokazu koreeda, yasujiro ozu, takashi miike, zhang yimou, hou hsiao hsien, john carpenter,
    david cronenberg, cronenberg, george romero, sam raimi, peter jackson, terry gilliam, panos cosmatos,
    luca guadagnino, satyajit ray, roger deakins, emmanuel lubezki, lubezki, hoyte van hoytema, bradford young,
    greig fraser, robert richardson, vittorio storaro, gordon willis, conrad hall, janusz kaminski, christopher doyle,
    sven nykvist, vilmos zsigmond, darius khondji, rodrigo prieto, robert elswit, linus sandgren, natasha braier,
    benoit delhomme, john alton, gregg toland, blade runner, blade runner 2049, mad max, fury road,
    2001 a space odyssey, the shining, apocalypse now, pulp fiction, the godfather, taxi driver, the matrix,
    tron legacy, drive 2011, grand budapest hotel, amelie, in the mood for love, seven samurai, nosferatu,
    metropolis 1927, suspiria, twin peaks, stranger things, game of thrones, the mandalorian, star wars still,
    interstellar, inception, dune 2021, alien 1979, the thing 1982, stalker, solaris, the witch 2015, midsommar,
    peaky blinders, breaking bad, true detective, black mirror, westworld, chernobyl hbo, the revenant,
    no country for old men, there will be blood, barry lyndon, lawrence of arabia, once upon a time in the west,
    dr strangelove, clockwork orange, eyes wide shut
    """,
)
