"""Spanish phrases; accents do not matter."""

from __future__ import annotations

from .phrases import Concept

SPANISH = (
    Concept(
        "shape", "tall",
        said="""
            (fondo|fondo de pantalla|wallpaper) (de|para|para el|para mi|para un|del) (movil|celular|telefono|iphone|
            smartphone), pantalla de bloqueo, formato vertical, orientacion vertical, imagen vertical, foto vertical,
            en vertical, cartel vertical, historia de instagram, para stories, para una historia, cartel de (cine|
            pelicula|concierto|viaje), poster de (cine|pelicula|concierto|viaje), afiche de pelicula,
            portada de (libro|novela|revista|comic|un libro|una novela|una revista), carta de tarot, carta del tarot,
            carta coleccionable, marcapaginas, tarjeta de felicitacion, tarjeta de cumpleanos, invitacion de boda,
            folleto, volante publicitario, mas alto que ancho, =vertical
            """,
        implied="""
            retrato, retratos, retrato de, autorretrato, primer plano de la cara, cuerpo entero, de cuerpo entero,
            cuerpo completo, de cuerpo completo, medio cuerpo, busto de, de pies a cabeza, cartel, poster, afiche,
            foto carnet, hoja de personaje, diseno de personaje
            """,
    ),
    Concept(
        "shape", "wide",
        said="""
            (fondo|fondo de pantalla|wallpaper) (de|para|para el|para mi|del) (escritorio|ordenador|computadora|pc|
            monitor|portatil), fondo de escritorio, fondo de pantalla, formato horizontal, formato apaisado, apaisado,
            apaisada, orientacion horizontal, imagen horizontal, foto horizontal, en horizontal, pantalla ancha,
            panoramica, panoramico, panorama, vista panoramica, foto panoramica, formato panoramico, cabecera web,
            cabecera de twitter, banner, portada de facebook, miniatura de youtube, tarjeta de visita, postal,
            tarjeta postal, valla publicitaria, diapositiva, mas ancho que alto, formato cine, =horizontal
            """,
        implied="""
            gran angular, plano general, gran plano general, paisaje, paisaje de, paisaje urbano, paisaje con,
            horizonte urbano, fotograma, fotograma de pelicula, escena de pelicula, vista aerea, foto aerea,
            foto de grupo, foto de familia, foto grupal
            """,
    ),
    Concept(
        "shape", "square",
        said="""
            formato cuadrado, imagen cuadrada, foto cuadrada, en cuadrado, composicion cuadrada, cuadrada,
            foto de perfil, imagen de perfil, foto para perfil, avatar, avatar de, portada de (album|disco|podcast|
            un disco|un album), caratula de disco, publicacion de instagram, post de instagram, para instagram,
            misma altura y anchura, uno a uno
            """,
        implied="""
            icono, icono de, icono de aplicacion, pegatina, sticker, calcomania, emoji, emoticono,
            patron sin costuras, patron repetido, azulejo, insignia, chapa
            """,
    ),
    Concept(
        "style", "photo",
        said="""
            foto, fotos, fotografia, fotografias, fotografico, fotografica, foto de, fotografia de, fotorrealista,
            fotorealista, fotorrealismo, hiperrealista, hiperrealismo, ultrarrealista, ultra realista, super realista,
            muy realista, foto real, fotografia real, instantanea, selfie, autofoto, foto en blanco y negro,
            foto analogica, fotografia analogica, fotografia callejera, fotoperiodismo, foto de producto,
            sesion de fotos, como una foto, parezca una foto, foto de estudio, foto antigua
            """,
        implied="""
            realista, realismo, como en la vida real, profundidad de campo, desenfoque de fondo, fondo desenfocado,
            larga exposicion, camara reflex, camara analogica, pelicula analogica, grano de pelicula, luz natural,
            teleobjetivo, lente macro, objetivo de 50
            """,
    ),
    Concept(
        "style", "anime",
        said="""
            anime, estilo anime, dibujo anime, chica anime, manga, estilo manga, dibujo manga, caricatura japonesa,
            animacion japonesa, dibujos animados japoneses, estilo ghibli, personaje de anime, waifu, chibi, kawaii,
            novela visual, pagina de manga, como un anime
            """,
        implied="""
            estudio ghibli, ghibli, miyazaki
            """,
    ),
    Concept(
        "style", "comic",
        said="""
            comic, comics, estilo comic, historieta, historietas, tebeo, tira comica, vineta, vinetas,
            pagina de comic, novela grafica, caricatura, caricaturas, dibujo animado, dibujos animados,
            estilo caricatura, estilo dibujos animados, bocadillos de dialogo
            """,
        implied="""
            mortadelo, mafalda, semitono
            """,
    ),
    Concept(
        "style", "illustration",
        said="""
            ilustracion, ilustraciones, ilustracion infantil, ilustracion digital, cuento infantil, libro infantil,
            cuento ilustrado, album ilustrado, dibujo, dibujos, dibujo a lapiz, dibujo a tinta, dibujo a boligrafo,
            boceto, a lapiz, lapiz, lapices de colores, carboncillo, al carboncillo, tinta china, grabado, xilografia,
            linograbado, litografia, serigrafia, dibujo de linea, arte lineal, dibujado a mano, garabato,
            arte digital, para colorear, dibujo para colorear, a plumilla, ceras, collage
            """,
    ),
    Concept(
        "style", "concept_art",
        said="""
            arte conceptual, concept art, diseno conceptual, arte de videojuego, arte de videojuegos,
            diseno de personaje, diseno de personajes, hoja de personaje, diseno de criatura, diseno de entorno,
            arte promocional, hoja de referencia, diseno de vestuario
            """,
        implied="""
            tendencia en artstation
            """,
    ),
    Concept(
        "style", "painting",
        said="""
            pintura, pinturas, pintura de, pintura al oleo, oleo, al oleo, cuadro al oleo, oleo sobre lienzo,
            acuarela, acuarelas, a la acuarela, en acuarela, acrilico, pintura acrilica, al acrilico, tempera,
            gouache, al pastel, pintura al pastel, mural pintado, pincelada, pinceladas, pintado, pintado a mano,
            pintada al oleo, impresionista, impresionismo, expresionista, expresionismo, puntillismo, cubismo,
            cubista, pintura barroca, renacentista, pintura renacentista, cuadro de, un cuadro, sobre lienzo, empaste,
            tinta y aguada, espatula
            """,
        implied="""
            al estilo de van gogh, goya, velazquez, sorolla, dali, picasso, frida kahlo
            """,
    ),
    Concept(
        "style", "pixel_art",
        said="""
            pixel art, arte pixel, arte de pixeles, arte pixelado, pixelado, pixelada, en pixeles, estilo pixel,
            de pixeles, pixeles, 8 bits, 16 bits, 8 bit, 16 bit, sprite de juego, videojuego retro, juego retro,
            hoja de sprites, grafico pixelado
            """,
        implied="""
            videojuego antiguo, consola retro
            """,
    ),
    Concept(
        "style", "render_3d",
        said="""
            render 3d, renderizado, renderizado 3d, renderizada, modelo 3d, modelado 3d, animacion 3d, en 3d, 3d,
            grafico 3d, tridimensional, arte 3d, infografia 3d, generado por ordenador, animacion por ordenador,
            plastilina, animacion en plastilina, baja poligonizacion, pocos poligonos, voxel, estilo pixar,
            como de pixar, stop motion, motor unreal
            """,
        implied="""
            trazado de rayos, muneco de coleccion
            """,
    ),
    Concept(
        "style", "vector",
        said="""
            vectorial, vector, vectores, ilustracion vectorial, arte vectorial, grafico vectorial, diseno plano,
            diseno flat, estilo plano, ilustracion plana, pictograma, clipart, imagen vectorial, colores planos,
            estilo minimalista plano
            """,
    ),
    Concept(
        "style", "logo",
        said="""
            logo, logotipo, logotipos, logo para, logotipo para, logotipo de, emblema, escudo de armas,
            escudo de equipo, insignia para, isotipo, imagotipo, identidad corporativa, imagen corporativa,
            marca de empresa, icono de aplicacion, icono de app, diseno de logo, diseno de logotipo, monograma,
            mascota para, simbolo de marca, icono para
            """,
    ),
    Concept(
        "style", "text",
        said="""
            que diga, que dice, que ponga, que pone, con el texto, con texto, texto que diga, con la palabra,
            con las palabras, la palabra, las palabras, con la frase, con el titulo, el titulo, con letras,
            letras grandes, letrero que, cartel que dice, cartel que diga, tipografia, tipografico, caligrafia,
            rotulo, rotulacion, lettering, eslogan, con el eslogan, subtitulo, escrito en, esta escrito, donde se lea,
            que se lea, inscripcion
            """,
    ),
    Concept(
        "style", "fantasy",
        said="""
            fantasia, arte fantastico, fantasia epica, fantasia oscura, alta fantasia, fantasia medieval,
            mundo de fantasia, estilo fantasia, espada y brujeria, mazmorras y dragones, dragones y mazmorras,
            el senor de los anillos, tierra media, reino magico, fantastico
            """,
        implied="""
            cuento de hadas, magico, magica, mitologico, elfica, elfo
            """,
    ),
    Concept(
        "style", "film",
        said="""
            cinematografico, cinematografica, estilo cine, fotograma, fotograma de pelicula, escena de pelicula,
            como una pelicula, de pelicula, plano cinematografico, cine negro, aspecto cinematografico, look de cine,
            estetica de cine, toma cinematografica, fotograma de cine
            """,
        implied="""
            cinematico, cinematica, almodovar, bunuel
            """,
    ),
    Concept(
        "effort", "quick",
        said="""
            boceto rapido, dibujo rapido, borrador, un borrador, bosquejo, apunte rapido, garabato, prueba rapida,
            una prueba, solo una prueba, solo es una prueba, de prueba, version rapida, vista previa,
            previsualizacion, rapido por favor, =rapidamente, lo mas rapido posible, sin detalles, sin mucho detalle,
            pocos detalles, esbozo, esbozo rapido, a toda prisa, cuanto antes, imagen provisional, calidad baja,
            no importa la calidad, hazlo rapido, algo rapido
            """,
    ),
    Concept(
        "effort", "detailed",
        said="""
            muy detallado, muy detallada, altamente detallado, altamente detallada, super detallado, ultra detallado,
            hiperdetallado, detallado, detallada, sumamente detallado, extremadamente detallado, con mucho detalle,
            muchos detalles, con todo detalle, gran detalle, maximo detalle, alta resolucion, alta definicion,
            alta calidad, maxima calidad, la mejor calidad, calidad de impresion, para imprimir, lista para imprimir,
            calidad de museo, minucioso, minuciosa, intrincado, intrincada, detalles finos, detalles intrincados,
            gran calidad, nivel de detalle
            """,
        added="""
            obra maestra, 8k, 4k, mejor calidad
            """,
    ),
)  # fmt: skip
"""Shapes, styles and efforts in Spanish."""
