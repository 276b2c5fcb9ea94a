"""Logos, icons, emblems and what else stands for a name."""

from __future__ import annotations

from .phrases import Concept

LOGO = Concept(
    "style",
    "logo",
    said="""
    logo, logos, logo of, logo for, logo design, logo mark, logotype, logomark, logo concept, logo idea,
    logo template, logo sheet, logo style, brand mark, brandmark, wordmark, word mark, lettermark, letter mark,
    combination mark, brand logo, brand symbol, a brand symbol, company symbol, company mark, company emblem,
    corporate logo, corporate symbol, corporate identity, brand identity, branding, branding design, visual identity,
    rebrand, brand kit, brand guidelines, trademark, trade mark, monogram, monogram logo, initials logo, mascot logo,
    esports logo, esport logo, gaming logo, e sports mascot, esports mascot, sports mascot, team logo, team crest,
    club crest, team mascot, band logo, metal band logo, black metal logo, startup logo, app logo, restaurant logo,
    badge logo, vintage logo, retro logo, minimalist logo, minimal logo, abstract logo, line logo, line art logo,
    negative space logo, letter logo, geometric logo, gradient logo, 3d logo, neon logo, stamp logo, signet,
    sigil logo, emblem, emblems, emblem of, emblem for, emblem design, insignia, insignia of, coat of arms, heraldic,
    heraldry, heraldic shield, heraldic crest, crest for, crest of a, family crest, house crest, house sigil,
    house banner sigil, school crest, guild crest, guild emblem, clan emblem, faction emblem, squad patch,
    mission patch, nasa mission patch, military patch, unit patch, badge design, badge for, merit badge, scout badge,
    patch design, patch logo, seal of, seal design, official seal, wax seal design, stamp design, rubber stamp design,
    letterhead, letterhead design, business card design, stationery design, pictogram, vector mark, hallmark,
    cattle brand, maker s mark, printer s mark, watermark logo, label design, product label design, packaging logo,
    hangtag logo, sports crest, football crest, soccer badge, hockey logo, baseball logo, tech logo, crypto logo,
    token logo, coin logo, podcast logo, youtube channel logo, twitch logo, discord server logo, discord server icon,
    server icon, agency logo, law firm logo, coffee logo, bakery logo, gym logo, yoga logo, real estate logo,
    wedding monogram, wedding logo, (app|application|android|ios|ios app|mobile app|mobile game|app store|play store|
    google play|game|desktop|program|software|folder|browser extension|launcher|toolbar|file|social media|website|ui|
    flat|vector|isometric|line|glyph|outline|minimalist|neumorphic|glassmorphism|claymorphic) icon, app icon,
    application icon, icon for, icon of, icon design, an icon, icon set, icon pack, =icon, favicon, favicon for
    """,
    implied="""
    logo inspiration, logolounge, logo lounge, brands of the world, 99designs, logopond, underconsideration,
    brand new blog, pentagram design, paul rand, saul bass logo, paula scher logo, massimo vignelli, milton glaser,
    chermayeff, lindon leader, rob janoff, aaron draplin, draplin, sagi haviv, michael bierut, wolff olins, landor,
    letter a as a mountain, shield shape, shield shaped, in a shield, circular badge, round badge, embroidered patch,
    enamel pin, mascot design, swoosh, negative space design, golden ratio design, golden ratio grid, one color mark,
    single color mark, memorable mark, for a brand, for our brand, for my brand, for my company, for our company,
    for my startup, for my business, for our club, identity for, brand for
    """,
)
