"""Anime and manga: studios, directors, series, tags, faces and formats."""

from __future__ import annotations

from .phrases import Concept

ANIME = Concept(
    "style",
    "anime",
    said="""
    anime, animes, animé, anime style, animestyle, anime like, animeish, animesque, anime art, anime artwork,
    anime girl, anime boy, anime character, anime illustration, anime drawing, anime screencap, anime screenshot,
    anime coloring, anime key visual, anime movie, anime film, anime opening, anime wallpaper, retro anime, 80s anime,
    90s anime, 1980s anime, 1990s anime, semi realistic anime, modern anime, anime figure, anime portrait, anime face,
    anime scene, anime background, anime aesthetic, animated in japan, japanese animation, japanese cartoon,
    japanimation, japanese anime, ova, anime ova, theatrical anime, manga, mangaka, manga style, manga panel,
    manga page, manga art, manga drawing, black and white manga, shonen manga, shojo manga, seinen manga, screentone,
    screentones, manga screentone, tankobon, doujinshi, doujin, one shot manga, manhwa, manhua, webtoon,
    webtoon style, donghua, shonen, shounen, shojo, shoujo, seinen, josei, isekai, mahou shoujo, magical girl,
    mecha anime, slice of life anime, chibi, chibi style, super deformed, sd character, kawaii anime, waifu, husbando,
    otaku, moe, moe style, bishoujo, bishonen, bishounen, ecchi, kemonomimi, nekomimi, catgirl, cat girl, neko girl,
    catboy, foxgirl, fox girl, kitsune girl, bunny girl anime, elf girl anime, vtuber, v tuber, hololive, nijisanji,
    live2d, live 2d, nendoroid, figma figure, visual novel, visual novel sprite, visual novel cg, eroge, galge,
    otome game, otome, dating sim, light novel, light novel illustration, light novel cover, gacha, gacha game,
    gacha character, cel shaded anime, cel anime, pixiv, danbooru, gelbooru, safebooru, niji, nijijourney, niji style,
    booru, =1girl, =1boy, =2girls, =2boys, =3girls, =multiple girls, =multiple boys, =1other, =6+girls,
    (studio ghibli|ghibli| ghibli style|ghibli studio|miyazaki|hayao miyazaki|makoto shinkai|kyoto animation|kyoani|
    ufotable|studio trigger| wit studio|mappa|bones|madhouse|gainax|studio gainax|toei animation|production i.g|
    a 1 pictures|cloverworks|shaft| studio shaft|sunrise|p.a. works|pa works|science saru|comix wave|
    tms entertainment|j c staff|studio pierrot| studio deen|white fox|studio 4c|gonzo|tatsunoko) (style|film|movie|
    anime|still|look|aesthetic|art style|inspired)
    """,
    implied="""
    studio ghibli, ghibli, ghibli inspired, hayao miyazaki, miyazaki, isao takahata, makoto shinkai, shinkai,
    mamoru hosoda, satoshi kon, mamoru oshii, katsuhiro otomo, hideaki anno, masaaki yuasa, kunihiko ikuhara,
    shinichiro watanabe, naoko yamada, yoshiyuki tomino, osamu dezaki, rintaro, leiji matsumoto, osamu tezuka,
    akira toriyama, toriyama, rumiko takahashi, naoko takeuchi, hirohiko araki, kentaro miura, kentarou miura,
    takehiko inoue, naoki urasawa, yoshihiro togashi, eiichiro oda, masashi kishimoto, tite kubo, hajime isayama,
    junji ito, masamune shirow, yoshitaka amano, yoji shinkawa, yoshikazu yasuhiko, yoshiyuki sadamoto, range murata,
    tsutomu nihei, shirow, kouta hirano, q hayashida, inio asano, ai yazawa, ilya kuvshinov, kuvshinov, ross tran,
    rossdraws, wlop, guweiz, krenz cushart, krenz, sakimichan, ask ask, redjuice, huke, lack, mika pikazo, kantoku,
    anmi, yoneyama mai, mai yoneyama, loundraw, tofuvi, hiten, rella, so bin, shigenori soejima, tetsuya nomura,
    kazuma kaneko, akihiko yoshida, kyoto animation, kyoani, ufotable, studio trigger, trigger studio, wit studio,
    studio mappa, madhouse, gainax, studio bones, toei animation, production ig, a 1 pictures, cloverworks,
    studio shaft, sunrise studio, pa works, p a works, science saru, comix wave, comix wave films, studio pierrot,
    jc staff, crunchyroll, funimation, weekly shonen jump, shonen jump, naruto, dragon ball, dragonball,
    one piece style, one piece manga, bleach anime, sailor moon, evangelion, neon genesis evangelion, akira 1988,
    ghost in the shell, cowboy bebop, fullmetal alchemist, attack on titan, shingeki no kyojin, demon slayer,
    kimetsu no yaiba, jujutsu kaisen, my hero academia, boku no hero, hunter x hunter, jojo style,
    jojo s bizarre adventure, jojo pose, death note, code geass, gundam, mobile suit gundam, macross, robotech,
    gurren lagann, kill la kill, promare, little witch academia, cardcaptor sakura, pretty cure, precure,
    madoka magica, puella magi, k on, haruhi, lucky star, violet evergarden, clannad, sword art online, re zero,
    konosuba, overlord anime, spy x family, chainsaw man, bocchi the rock, lain, serial experiments lain,
    revolutionary girl utena, rose of versailles, astro boy, lupin iii, lupin the third, pokemon anime,
    pokemon trainer, yu gi oh anime, digimon, inuyasha, ranma, urusei yatsura, berserk manga, vinland saga,
    vagabond manga, slam dunk, haikyuu, kaguya sama, fate stay night, fate grand order, type moon, touhou,
    hatsune miku, vocaloid, miku, azur lane, arknights, blue archive, genshin impact, genshin, honkai,
    honkai star rail, hoyoverse, girls frontline, nikke, granblue fantasy, idolmaster, love live, kantai collection,
    persona 5, persona style, danganronpa, ace attorney, tales of vesperia, nier automata, spirited away,
    princess mononoke, my neighbor totoro, totoro, howl s moving castle, kiki s delivery service, nausicaa, laputa,
    castle in the sky, ponyo, your name, kimi no na wa, weathering with you, suzume, five centimeters per second,
    garden of words, perfect blue, paprika anime, a silent voice, kawaii, cel shaded, cel shading, cell shaded,
    cell shading, celshaded, toon shaded anime, key visual, key animation, genga, sakuga, douga, big anime eyes,
    large sparkling eyes, anime eyes, ahoge, ahegao, twintails, twin tails, hime cut, tsundere, yandere, kuudere,
    zettai ryouiki, thighhighs, sailor uniform, sailor fuku, seifuku, school uniform anime, schoolgirl uniform anime,
    serafuku, chuunibyou, speed lines manga, sparkly eyes, sweatdrop, solo focus, looking at viewer,
    hair between eyes, blush stickers, blunt bangs, hair ornament, hair ribbon, hair over one eye, floating hair,
    v neck serafuku, thigh highs, absurdly long hair, very long hair, collarbone, detached sleeves, cowboy shot,
    novelai, nai diffusion, novel ai, waifu diffusion, anything v3, anything v5, counterfeit v3, abyssorangemix,
    orangemix, pastel mix, meinamix, meina mix, animagine, pony diffusion, illustrious xl, noobai, score_9, score 9,
    score 8 up, source anime, rating safe, rating general, absurdres, newest, very aesthetic
    """,
)
