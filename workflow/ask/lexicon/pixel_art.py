"""Pixel art: consoles, home computers, programs, games."""

from __future__ import annotations

from .phrases import Concept

PIXEL_ART = Concept(
    "style",
    "pixel_art",
    said="""
    pixel art, pixelart, pixel artwork, pixel style, pixel art style, pixels style, pixel graphics, pixel graphic,
    pixel look, pixel aesthetic, pixel illustration, pixel drawing, pixel painting, pixel portrait, pixel image,
    pixel picture, pixel animation, pixel icon, pixel avatar, pixel wallpaper, pixel background, pixel landscape,
    pixel city, pixel scene, pixel character, pixel sprite, pixel tileset, pixel tile, pixel game, pixel game art,
    pixel rpg, pixel dungeon, pixel platformer, pixel perfect, pixel artist style, pixelated, pixelated style,
    pixelated look, pixelated art, pixelized, pixelised, pixel by pixel, pixelwise, in pixels, made of pixels,
    made out of pixels, blocky pixels, big pixels, chunky pixels, large pixels, visible pixels, crisp pixels,
    hard pixels, low res pixels, isometric pixel art, hi bit pixel art, hd 2d pixel, hd 2d style, voxel pixel,
    dot art, dotpict, pixel dot art, 1 bit, 1bit, 1 bit art, 2 bit art, 4 bit, 4bit, 8 bit, 8bit, 16 bit, 16bit,
    32 bit, 32bit, 64 bit pixel, (1|2|4|8|16|32) bit (style|graphics|game|art|sprite|pixel art|look|character|
    aesthetic|era), sprite, sprites, sprite art, sprite sheet, spritesheet, sprite style, sprite animation,
    game sprite, character sprite, enemy sprite, battle sprite, pokemon sprite, rpg sprite, overworld sprite,
    walking sprite, idle sprite, item sprite, tileset, tile set, tilemap, tile map, 2d tileset, 16x16 (sprite|tile|
    icon|pixel), 32x32 (sprite|tile|icon|pixel), 64x64 (sprite|tile|icon|pixel), (snes|nes|famicom|super famicom|
    super nintendo|nintendo entertainment system|game boy|gameboy|gbc|gba|game boy color|game boy advance|sega|
    sega genesis|genesis|mega drive|megadrive|master system|neo geo|neogeo|turbografx|pc engine|atari|atari 2600|
    atari st|commodore 64|commodore|c64|amiga|zx spectrum|spectrum|msx|msx2|pc 98|pc98|apple ii|dos|ms dos|ega|cga|
    vga|arcade|90s arcade|80s arcade|nintendo ds|ds|playstation 1 2d|ps1 2d|colecovision|intellivision|amstrad cpc|
    bbc micro|sharp x68000|wonderswan|game gear|virtual boy|pico 8|tic 80) (style|graphics|game|graphic|look|palette|
    sprite|rpg|era|aesthetic|cartridge game|title screen|screenshot|art|pixel art|game screenshot|jrpg|platformer|
    adventure game)
    """,
    implied="""
    snes, nes, gameboy, game boy, gba, famicom, super famicom, super nintendo, sega genesis, mega drive, megadrive,
    neo geo, pc 98, pc98, commodore 64, c64, zx spectrum, amiga, msx, pico 8, pico8, atari 2600, retro game,
    retro game graphics, retro game style, retro gaming, retro videogame, retro video game, retro video game style,
    old school video game, old video game, old school rpg, old school game, classic video game, vintage video game,
    retro rpg, classic jrpg, 90s video game, 80s video game, 80s arcade, arcade game screen, low resolution game,
    low res game, metroidvania sprite, roguelike tiles, side scrolling platformer, beat em up, shoot em up, shmup,
    point and click adventure, lucasarts, lucasarts adventure, sierra adventure, monkey island, rpg maker, rpgmaker,
    gamemaker, aseprite, asesprite, pyxel edit, pyxel, graphicsgale, piskel, pixilart, pixel joint, pixeljoint,
    lospec, ms paint, mspaint, deluxe paint, dithered, dithering, ordered dithering, bayer dithering, floyd steinberg,
    indexed color, indexed colors, indexed palette, indexed colour, limited color palette, limited colour palette,
    4 color palette, 16 color palette, 16 colors, 256 colors, pico 8 palette, nes palette, game boy palette,
    nearest neighbor, nearest neighbour, no anti aliasing, no antialiasing, aliased, jaggies, scanlines crt game,
    ansi art, ascii art, teletext, stardew valley, terraria, celeste game, undertale, deltarune, owlboy,
    hyper light drifter, shovel knight, octopath traveler, octopath traveller, dead cells, enter the gungeon,
    blasphemous, eastward, sea of stars, chrono trigger, earthbound, mother 3, final fantasy vi, final fantasy 6, ff6,
    secret of mana, zelda a link to the past, link to the past, super mario world, super mario bros, mega man,
    megaman, castlevania sotn, symphony of the night, metal slug, street fighter ii, pokemon red, pokemon emerald,
    fire emblem gba, advance wars, golden sun, habbo hotel, habbo, maplestory, kirby superstar, pac man, pacman,
    space invaders, donkey kong arcade, tetris game, sonic the hedgehog genesis, prince of persia 1989,
    another world game, doom 1993, octopath, hd 2d, paul robertson, eboy, pixel dan, waneella, octavi navarro,
    1041uuu, kirokaze, dan fessler, itch io asset, itch.io asset, game asset pack, item icons rpg, health bar hud,
    rpg inventory icon
    """,
)
