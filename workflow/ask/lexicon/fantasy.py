"""Fantasy as a genre of pictures: games, books, painters."""

from __future__ import annotations

from .phrases import Concept

FANTASY = Concept(
    "style",
    "fantasy",
    said="""
    fantasy, fantasy art, fantasy artwork, fantasy style, fantasy illustration, fantasy painting, fantasy scene,
    fantasy world, fantasy landscape, fantasy character, fantasy portrait, fantasy setting, fantasy rpg,
    fantasy book cover, fantasy novel cover, fantasy concept art, fantasy creature, fantasy castle, fantasy city,
    fantasy forest, fantasy warrior, fantasy digital art, fantasy theme, fantasy themed, fantasy realm, fantasy look,
    fantasy aesthetic, fantasy map, fantasy armor, fantasy wallpaper, fantasy photography, high fantasy, dark fantasy,
    epic fantasy, heroic fantasy, medieval fantasy, low fantasy, grimdark, grimdark fantasy, urban fantasy,
    science fantasy, gothic fantasy, romantic fantasy, cozy fantasy, fairytale fantasy, celestial fantasy,
    asian fantasy, xianxia, wuxia, xuanhuan, fantastical, fantastic art, fantasycore, fairycore, faerie art,
    faery art, sword and sorcery, swords and sorcery, sword & sorcery, sorcery and steel, dungeons and dragons,
    dungeons & dragons, dungeon and dragons, d&d, d & d, dnd, dnd character, d&d character, dnd art, d&d art, 5e,
    dungeons and dragons character, dungeons and dragons art, pathfinder rpg, pathfinder art, pathfinder character,
    ttrpg, ttrpg art, ttrpg character, tabletop rpg, tabletop rpg art, rpg character, rpg character art, rpg portrait,
    rpg illustration, roleplaying game art, forgotten realms, dragonlance, greyhawk, ravenloft, eberron,
    baldur s gate, baldurs gate, neverwinter, magic the gathering, magic the gathering card, mtg art, mtg card,
    magic card art, warhammer fantasy, warhammer, age of sigmar, warcraft, world of warcraft, hearthstone,
    hearthstone card art, elder scrolls, lord of the rings, lord of the rings style, lotr, middle earth, tolkien,
    tolkienesque, the hobbit, narnia, game of thrones, westeros, the witcher, witcher style, dragon age, dark souls,
    elden ring, bloodborne style, diablo style, final fantasy style, final fantasy, heroes of might and magic,
    might and magic, shadow of the colossus, willow 1988, the dark crystal, labyrinth 1986, neverending story,
    never ending story, conan the barbarian, discworld, earthsea, wheel of time, mistborn, stormlight archive,
    malazan, eragon, harry potter style, hogwarts style, mythic fantasy, mythical fantasy, fantasy fairy tale,
    enchanted realm, magical realm, magical fantasy, other worldly fantasy
    """,
    implied="""
    fairy tale, fairytale, fairy tale style, fairytale style, fairy tale scene, mythical, mythic,
    mythological creature, mythology inspired, magical, magical forest, enchanted forest, enchanted, ethereal fantasy,
    arcane magic, spellcasting, casting a spell, magic spell, rune magic, glowing runes, eldritch, lovecraftian,
    eldritch horror, cosmic horror, elven, elvish, elven princess, elven city, elven archer, elven warrior, high elf,
    dark elf, wood elf, drow, night elf, blood elf, half elf, tiefling, dragonborn, orcish, orc warlord, orc warrior,
    dwarven, dwarf warrior, dwarven king, halfling, gnome wizard, paladin, necromancer, warlock, sorceress, sorcerer,
    druid, archmage, battlemage, battle mage, mage tower, wizard tower, lich, lich king, barbarian warrior,
    shadow knight, death knight, dragon rider, dragon slayer, dragon knight, dragon lord, dungeon master,
    beholder monster, mind flayer, owlbear, kobold, goblin king, treant, dryad, nymph, faun, satyr, naiad, valkyrie,
    norse mythology, greek mythology, celtic mythology, arthurian legend, arthurian, camelot, excalibur, avalon,
    valhalla, ragnarok, asgard, mordor, rivendell, gondor, mount doom, minas tirith, hobbiton, floating castle,
    crystal castle, dragon s lair, dragon lair, dragon breathing fire, steampunk fantasy, frank frazetta, frazetta,
    boris vallejo, vallejo, julie bell, luis royo, royo, larry elmore, elmore, jeff easley, easley, keith parkinson,
    clyde caldwell, gerald brom, brom, michael whelan, whelan, rowena morrill, ken kelly, earl norem,
    brothers hildebrandt, hildebrandt, greg hildebrandt, tim hildebrandt, darrell k sweet, todd lockwood, lockwood,
    donato giancola, giancola, tony diterlizzi planescape, wayne reynolds, rebecca guay, guay, terese nielsen,
    john avon, rob alexander, volkan baga, magali villeneuve, seb mckinnon, mckinnon, chris rahn, chase stone,
    raymond swanland, swanland, mark tedin, mark poole, jason chan, jason a engle, steve argyle, clint cearley,
    michael komarck, komarck, kieran yanner, igor kieryluk, lius lasahido, justin gerard, paul bonner,
    adrian smith warhammer, les edwards, rodney matthews, roger dean, patrick woodroffe, jim warren, amy brown,
    brian froud, alan lee, john howe, ted nasmith, angus mcbride, john blanche, ian miller, stephen fabian,
    hannes bok, virgil finlay, josephine wall, selina fenech, anne stokes, nene thomas, kinuko craft, kinuko y craft,
    stephanie law, cicely mary barker, arthur rackham, unseelie, fae, faerie, feywild, faerie queen
    """,
)
