"""Portuguese phrases; accents do not matter."""

from __future__ import annotations

from .phrases import Concept

PORTUGUESE = (
    Concept(
        "shape", "tall",
        said="""
            (papel de parede|fundo de tela|fundo|wallpaper) (de|para|para o|para meu|pro|do) (celular|telefone|iphone|
            smartphone|telemovel), tela de bloqueio, ecra de bloqueio, formato vertical, formato retrato,
            orientacao vertical, modo retrato, em retrato, imagem vertical, foto vertical, na vertical, =vertical,
            story do instagram, para story, para stories, cartaz de (cinema|filme|show|viagem), poster de (cinema|
            filme|show|viagem), capa de (livro|romance|revista|gibi|quadrinhos|um livro), carta de taro,
            carta de tarot, carta colecionavel, marcador de pagina, marca pagina, cartao de aniversario,
            convite de casamento, convite, panfleto, folheto, mais alto que largo
            """,
        implied="""
            retrato, retratos, retrato de, autorretrato, close do rosto, corpo inteiro, de corpo inteiro, corpo todo,
            meio corpo, busto, da cabeca aos pes, cartaz, poster, foto 3x4, ficha de personagem, design de personagem
            """,
    ),
    Concept(
        "shape", "wide",
        said="""
            (papel de parede|fundo de tela|wallpaper|fundo) (de|para|para o|para meu|pro|do) (computador|pc|desktop|
            notebook|monitor|area de trabalho), papel de parede, area de trabalho, formato horizontal,
            formato paisagem, orientacao horizontal, modo paisagem, em paisagem, imagem horizontal, foto horizontal,
            na horizontal, =horizontal, tela larga, widescreen, panoramica, panoramico, panorama, vista panoramica,
            foto panoramica, banner, banner para site, cabecalho de site, capa do facebook, capa do youtube,
            miniatura do youtube, thumbnail do youtube, cartao de visita, cartao postal, outdoor publicitario,
            formato de cinema, mais largo que alto
            """,
        implied="""
            grande angular, plano aberto, plano geral, paisagem, paisagem de, paisagem com, paisagem urbana,
            horizonte da cidade, quadro de filme, cena de filme, cena de cinema, vista aerea, foto aerea,
            foto em grupo, foto de familia, foto de drone
            """,
    ),
    Concept(
        "shape", "square",
        said="""
            formato quadrado, imagem quadrada, foto quadrada, em quadrado, composicao quadrada, quadrada,
            foto de perfil, imagem de perfil, avatar, avatar de, capa de (album|disco|cd|podcast|playlist|um album),
            post do instagram, post para instagram, publicacao do instagram, para instagram, mesma altura e largura
            """,
        implied="""
            icone, icone de aplicativo, icone de, adesivo, figurinha, sticker, emoji, padrao sem emendas,
            padrao continuo, estampa repetida, azulejo, distintivo, emblema redondo
            """,
    ),
    Concept(
        "style", "photo",
        said="""
            foto, fotos, fotografia, fotografias, fotografico, fotografica, foto de, fotografia de, fotorrealista,
            fotorealista, fotorrealismo, hiper realista, hiperrealista, hiperrealismo, ultra realista, ultrarrealista,
            super realista, muito realista, foto real, selfie, instantaneo, foto preto e branco,
            foto em preto e branco, foto analogica, fotografia analogica, fotografia de rua, fotojornalismo,
            foto de produto, ensaio fotografico, foto de estudio, como uma foto, pareca uma foto, foto antiga,
            fotografia macro
            """,
        implied="""
            realista, realismo, profundidade de campo, fundo desfocado, desfoque de fundo, longa exposicao,
            camera dslr, camera analogica, lente teleobjetiva, lente macro, granulacao de filme, luz natural,
            pele realista, filme kodak
            """,
    ),
    Concept(
        "style", "anime",
        said="""
            anime, estilo anime, em estilo anime, desenho anime, garota anime, manga, estilo manga, desenho japones,
            animacao japonesa, desenho animado japones, chibi, kawaii, estilo ghibli, personagem de anime, waifu,
            pagina de manga, visual novel, como um anime
            """,
        implied="""
            studio ghibli, ghibli, miyazaki, estudio ghibli
            """,
    ),
    Concept(
        "style", "comic",
        said="""
            quadrinhos, historia em quadrinhos, historias em quadrinhos, hqs, estilo hq, estilo quadrinhos, gibi,
            tirinha, tirinhas, banda desenhada, tira comica, novela grafica, graphic novel, pagina de quadrinhos,
            caricatura, desenho animado, desenhos animados, estilo desenho animado, cartum, cartoon, baloes de fala,
            balao de fala, comic
            """,
        implied="""
            turma da monica, reticula
            """,
    ),
    Concept(
        "style", "illustration",
        said="""
            ilustracao, ilustracoes, ilustracao infantil, ilustracao digital, livro infantil, livro ilustrado,
            conto ilustrado, desenho, desenhos, desenho de, desenho a lapis, a lapis, lapis, lapis de cor,
            desenho a tinta, desenho a caneta, nanquim, a nanquim, esboco, carvao, desenho a carvao, bico de pena,
            giz de cera, gravura, xilogravura, linogravura, litografia, serigrafia, cordel, desenho de linha,
            arte linear, traco, desenhado a mao, feito a mao, rabisco, arte digital, desenho digital, para colorir,
            desenho para colorir, livro de colorir, colagem, caneta esferografica
            """,
    ),
    Concept(
        "style", "concept_art",
        said="""
            arte conceitual, arte conceptual, concept art, design conceitual, arte de jogo, arte de videogame,
            design de personagem, design de personagens, ficha de personagem, design de criatura, design de cenario,
            folha de referencia, arte promocional, design de figurino, cenario de jogo
            """,
        implied="""
            em alta no artstation
            """,
    ),
    Concept(
        "style", "painting",
        said="""
            pintura, pinturas, pintura de, pintura a oleo, oleo sobre tela, a oleo, tinta a oleo, quadro a oleo,
            quadro de, aquarela, aquarelas, aguarela, em aquarela, tinta acrilica, acrilica, pintura acrilica,
            acrilico sobre tela, guache, tempera, pastel seco, pintura a pastel, afresco, pintura mural, pincelada,
            pinceladas, pintado, pintado a mao, pintada a oleo, sobre tela, em tela, impressionista, impressionismo,
            expressionista, expressionismo, cubista, cubismo, pontilhismo, pintura barroca, renascentista,
            pintura renascentista, natureza morta, espatula, pintura digital, nanquim aguado
            """,
        implied="""
            van gogh, tarsila do amaral, portinari, monet, almeida junior, romero britto
            """,
    ),
    Concept(
        "style", "pixel_art",
        said="""
            pixel art, arte pixel, arte em pixel, arte em pixels, arte pixelada, pixelado, pixelada, em pixels,
            pixels, estilo pixel, 8 bits, 16 bits, 8 bit, 16 bit, sprite de jogo, sprite, jogo retro, videogame retro,
            folha de sprites, jogo antigo em pixels
            """,
        implied="""
            jogo antigo, videogame antigo, console retro
            """,
    ),
    Concept(
        "style", "render_3d",
        said="""
            render 3d, renderizacao 3d, renderizado, renderizado em 3d, renderizada, modelo 3d, modelagem 3d,
            animacao 3d, em 3d, 3d, arte 3d, grafico 3d, tridimensional, computacao grafica, animacao por computador,
            massinha, massa de modelar, animacao em massinha, stop motion, low poly, voxel, estilo pixar,
            como um filme da pixar, desenho 3d
            """,
        implied="""
            tracado de raios, boneco colecionavel
            """,
    ),
    Concept(
        "style", "vector",
        said="""
            vetor, vetores, vetorial, vetorizado, ilustracao vetorial, arte vetorial, desenho vetorial,
            imagem vetorial, design plano, design flat, estilo flat, ilustracao flat, cores chapadas, cores solidas,
            pictograma, clipart, estilo plano
            """,
    ),
    Concept(
        "style", "logo",
        said="""
            logo, logos, logotipo, logotipos, logo para, logotipo para, logomarca, emblema, brasao, escudo de time,
            brasao de armas, identidade visual, marca da empresa, marca para, simbolo da marca, icone de aplicativo,
            icone para, design de logo, monograma, mascote, mascote para, insignia, selo para, distintivo para
            """,
    ),
    Concept(
        "style", "text",
        said="""
            que diz, dizendo, que diga, escrito, com o texto, com texto, texto que diz, com a palavra,
            com as palavras, a palavra, as palavras, com a frase, com o titulo, o titulo, com letras, letras grandes,
            em letras, letreiro, placa dizendo, placa que diz, placa escrita, cartaz escrito, tipografia, tipografico,
            caligrafia, lettering, slogan, com o slogan, legenda, subtitulo, onde se le, inscricao, com os dizeres,
            dizeres, manchete, citacao
            """,
    ),
    Concept(
        "style", "fantasy",
        said="""
            fantasia, arte de fantasia, fantasia epica, fantasia sombria, alta fantasia, fantasia medieval,
            mundo de fantasia, estilo fantasia, espada e feiticaria, masmorras e dragoes, senhor dos aneis,
            terra media, fantastico, reino magico, arte fantastica, dungeons and dragons
            """,
        implied="""
            conto de fadas, magico, magica, mitologico, elfico, elfo, encantado
            """,
    ),
    Concept(
        "style", "film",
        said="""
            cinematografico, cinematografica, estilo cinema, quadro de filme, cena de filme, cena de cinema,
            como um filme, como no cinema, de filme, visual de cinema, estetica de cinema, filme noir,
            fotografia de cinema, frame de filme, still de filme, tomada cinematografica
            """,
        implied="""
            cinematico, cinematica, cinema novo, glauber rocha
            """,
    ),
    Concept(
        "effort", "quick",
        said="""
            esboco rapido, rascunho, um rascunho, rascunho rapido, desenho rapido, rabisco, rabiscos, teste rapido,
            um teste, so um teste, apenas um teste, so para testar, para testar, previa, previa rapida,
            pre visualizacao, =rapidamente, rapidinho, rapido por favor, o mais rapido possivel, sem detalhes,
            poucos detalhes, sem muitos detalhes, versao rapida, imagem provisoria, qualidade baixa serve,
            nao importa a qualidade, faca rapido, algo rapido, as pressas, logo por favor, croqui
            """,
    ),
    Concept(
        "effort", "detailed",
        said="""
            muito detalhado, muito detalhada, altamente detalhado, altamente detalhada, super detalhado,
            ultra detalhado, hiper detalhado, extremamente detalhado, extremamente detalhada, detalhado, detalhada,
            rico em detalhes, cheio de detalhes, com muitos detalhes, muitos detalhes, maximo de detalhes,
            detalhes finos, detalhes intrincados, alta resolucao, altissima resolucao, alta definicao, alta qualidade,
            altissima qualidade, maxima qualidade, melhor qualidade, qualidade de impressao, para imprimir,
            para impressao, pronto para imprimir, qualidade de museu, minucioso, minuciosa, intrincado, caprichado,
            bem detalhado, nivel de detalhe
            """,
        added="""
            obra prima, 8k, 4k
            """,
    ),
)  # fmt: skip
"""Shapes, styles and efforts in Portuguese."""
