"""Lettering: words to be written in the picture, and the craft of letters."""

from __future__ import annotations

from .phrases import Concept

TEXT = Concept(
    "style",
    "text",
    said="""
    that says, which says, it says, says hello, should say, saying hello, sign that reads, sign reading, sign saying,
    sign says, sign with the, sign that says, signs that say, that reads, which reads, (it|they) should read,
    text reading, text saying, text that, text which, with text, with the text, with a text, with some text,
    with readable text, with writing, containing the text, contains the text, containing text, including the text,
    featuring the text, displaying the text, showing the text, bearing the text, bearing the words, bearing the word,
    bearing the inscription, the text, text says, text on it, text on the, text at the (top|bottom), text across,
    text above, text below, big text, large text, small text, bold text, neon text, glowing text, readable text,
    legible text, clear text, text overlay, overlaid text, text logo, text design, text effect, text art,
    text treatment, 3d text, title text, heading text, text banner, text poster, quote poster, quote art,
    poster with text, card with text, in (big|bold|large|huge|giant|capital|block|neon|golden|gold|red|white|black|
    colorful|balloon|cursive|gothic|wooden|metal|chrome|bubble|graffiti|flaming|ornate|serif|sans serif|handwritten|
    3d|glowing|chalk) letters, big letters, bold letters, letters that, with the words, with the word, the words,
    the word, words written, word written, wording, written on, written across, written in, is written, are written,
    written above, written below, written out, handwritten, hand written, handwriting, saying happy, saying welcome,
    saying (hi|thank you|yes|no|love|sale|open|closed|merry|congratulations|i love you|good), with the letters,
    the letters, with the letter, the letter, letters spelling, spelling out, spells out, spells the, that spells,
    spelling the, spelling, spelled out, spelled with, spelt out, reads open, that say, which say, lettering,
    hand lettering, handlettering, hand lettered, brush lettering, chalk lettering, chalkboard lettering,
    gold lettering, neon lettering, lettering design, lettering art, graffiti lettering, blackletter, black letter,
    fraktur, gothic lettering, gothic letters, old english lettering, textura, uncial, insular script, letterform,
    letterforms, letter forms, letterpress, type design, type specimen, type poster, typography, typographic,
    typographical, typography poster, typography design, kinetic typography, typeface, type treatment, font,
    font design, bold font, serif font, sans serif font, script font, cursive font, pixel font, monospace font,
    slab serif, sans serif, serif type, helvetica, futura font, futura typeface, garamond, bodoni, didot,
    times new roman, comic sans, gotham font, impact font, cooper black, papyrus font, art deco font, kerning,
    ligatures, drop cap, illuminated initial, illuminated letter, ambigram, wordart, word art, word cloud, calligram,
    concrete poetry, calligraphy, calligraphic, calligraphic letters, modern calligraphy, arabic calligraphy,
    chinese calligraphy, japanese calligraphy, shodo, copperplate script, spencerian, alphabet letters,
    alphabet poster, alphabet chart, the alphabet, letter a, letter b, letter k, letter m, letter s, letter z,
    initials, captioned, caption, with caption, with the caption, with a caption, the caption, captions, caption that,
    meme text, meme caption, meme with, subtitle, subtitles, subtitled, with the title, with title, the title,
    title says, the title reads, with the headline, headline, the headline, with the slogan, slogan, the slogan,
    tagline, with the tagline, with the name, the name, name on it, titled, entitled, labeled, labelled, with a label,
    label that, label reading, label saying, with labels, annotated, annotations, diagram with labels, banner saying,
    banner that says, banner reading, t shirt that says, t shirt saying, tshirt saying, shirt saying, shirt that says,
    shirt reading, mug that says, mug saying, cake that says, cake with the, tattoo that says, tattoo reading,
    license plate reading, license plate that says, book titled, neon sign saying, neon sign that says,
    neon sign reading, neon sign spelling, protest sign, street sign reading, road sign saying, wooden sign saying,
    placard saying, placard reading, billboard that says, billboard saying, billboard reading, marquee reading,
    marquee saying, marquee sign, shop sign reading, storefront sign that says, chalkboard that says,
    chalkboard saying, blackboard that says, whiteboard saying, post it saying, sticky note saying, note that says,
    note reading, letter that says, poster that says, poster saying, poster reading, card that says, card saying,
    card reading, birthday card saying, inscription, inscribed, inscribed with, inscription that, engraved with the,
    engraved with, embossed with the, embossed with, etched with the words, carved with the words,
    stitched with the words, embroidered with the, tattooed with the, printed with the, stamped with the,
    painted with the words, graffiti saying, graffiti that says, graffiti reading, graffiti text, graffiti tag,
    graffiti letters, wildstyle, throw up graffiti, speech bubble, speech bubbles, speech balloon, thought bubble,
    dialogue bubble, quote on it, with a quote, with the quote, the quote, a quote from, motivational quote,
    inspirational quote, infographic, subtitle at the bottom, headline at the top, newspaper headline,
    with a caption saying, wordmark, word mark, logotype, monogram, lettermark, acrostic, crossword, poem written,
    recipe card, menu board, menu with prices, price tag reading, with dialogue, with dialog, says on it,
    reading on it, (big|bold) title
    """,
)
