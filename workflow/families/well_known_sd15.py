"""Checkpoints and LoRAs for Stable Diffusion 1.5 that many people have, mostly from 2023.

Names, trigger words and the settings that their example pictures have most; the ranges around them are our choice.
"""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "sd15": (
        """
        1930scartoonrichstyle|anime
        19thcenturypainting|painting
        2dgameiconskill|logo
        3dmagicspace|render_3d
        526mixanimeanimated|anime
        526mix|||DDIM|24-36|5-7
        aargarchitecture|photo
        absolutereality|photo||DPM++ SDE Karras|24-36|8-9|2
        abysshellmaple|anime||DPM++ 2M Karras|16-24|7-9|2
        abyssorangemix|anime||DPM++ SDE Karras|20-30|5-9|2
        acidburn|anime
        afantasycolorvaebake|fantasy
        agelesnate|anime
        ageless|anime
        aihmegamerge|photo
        all_in_one_pixel_model|pixel_art|pixelsprite
        ambientmixananime|anime||DPM++ 2M Karras|16-24|6-8|2
        amiperfection|photo
        analog_diffusion_1_0|film photo|analog style
        analogmadness|film photo
        ancmix|anime
        angranim|photo
        aniflatmixanimeflatcolorstyle|anime vector||DPM++ 2M Karras|16-24|6-8|2
        animalhumanhybrids|photo
        animebackgrounds|anime
        aniverse|anime
        anyjuicev32realistic|photo
        anylora|anime
        anythingv|anime
        aom3a1b_orangemixs|anime
        arcane_diffusion_v3|anime|arcane style
        architecturerealmix|photo||Euler a|16-24|6-8|2
        arcticfowlmix|anime
        arthemycomics|comic||Euler a|25-36|6-8|2
        awportrait|film photo
        ayonimixanime|anime
        ayonimix|||DDIM|24-36|9-9
        aziibpixelmix|pixel_art
        azovyaphotoreal|photo||DPM++ 2S a Karras|20-30|6-8
        azovyarpgartisttools|||DPM++ 2S a Karras|20-30|5-6
        basiljapan|photo
        beelmix|anime
        bettermixanime|anime
        blueailandmix|anime
        bluemixtmndenhanced|anime||DPM++ 2M Karras|24-36|7.5-9|2
        bluemix|anime
        bluepencilrealistic|illustration photo
        bluepencil|illustration
        breezemixrealistic|photo
        cardosanimated|||DDIM|20-30|6-8|2
        cardosanime|anime||Euler a|20-30|6-8|2
        cartoonstyleclassic|anime
        caulkinumv1sseriesfor|photo
        cetusmix|||DPM++ 2M Karras|16-24|6-8|2
        chameleonaimix|anime
        chameleonairpgmix|anime
        checkpointyesmix|||DPM++ 2M Karras|24-36|7-9|2
        cheesedaddyslandscapes|photo||DPM++ 2M Karras|16-24|6-8
        cheesedaddys|photo||DPM++ SDE Karras|16-24|6-7
        cheesedoutanime|anime
        chilloutmix|photo
        chrysanthemummix|anime
        cityedge2dtoonmix|anime||DPM++ 2M Karras|20-30|5-7|2
        classicanim_v1|anime|classic disney style
        cleanlinearmix|||DPM++ 2M Karras|16-24|6-8
        clearvae|anime||DPM++ 2M Karras|24-36||2
        coffeemix|anime||DPM++ 2M Karras||5-6|2
        conceptbackgroundsanime|anime photo
        cottoncandypastel|anime
        counteranyminimix|anime
        counterfeit|anime||DPM++ 2M Karras|20-25|9-9|2
        cyberpunk_anime_diffusion|anime|dgs illustration style
        cyberrealistic|photo||DPM++ 2M Karras|20-36|6.5-9
        dantiondrawmix|photo
        darksushimixmix|anime||DPM++ 2M Karras|16-24||2
        deliberate|||DPM++ 2M Karras|21-31|6-8
        discomixanime|anime
        disillusionmix|anime||DPM++ 2M Karras|16-24|6-8|2
        disneypixarcartoon|anime render_3d
        dndmapgenerator|fantasy
        dongmixxrealistic|photo
        donkomix|anime
        dreamlike_diffusion_1_0|painting|dreamlikeart
        dreamlike_photoreal_2_0|photo
        dreamshaper|||DPM++ SDE Karras|24-36|6-8|2
        duelcomicmix|comic
        dungeonsanddiffusion|||DPM++ 2M Karras|16-24||2
        dvarchmultiprompt|photo||Euler|20-30
        edgeofrealism|photo
        elden_ring_style|fantasy|elden ring style
        elldrethsimagination|photo||DPM++ 2M Karras
        elldrethslucidmix|||Euler a|24-36||2
        elldrethsvividmix|photo||DPM++ 2M Karras||9-9
        elysiumkuroanime|anime
        endlessmiraimix|photo
        endlessmixrenatus|anime
        endlessmix|anime
        endlessreality|photo||Euler a|16-24|6-8|2
        epicdiffusion|||Euler a|16-24|6-8
        epicphotogasm|photo
        epicrealism|photo||DPM++ 2M SDE|24-34|5-6
        expmixline|||DPM++ SDE Karras|24-36|7-9|2
        expmix|anime
        faetality|photo
        fantassifiedicons|logo||DPM++ 2M|16-24|7-8|1
        fantasybackground|fantasy||DPM++ 2M Karras|16-24|6-8|2
        fantasyworld|fantasy||DPM++ 2S a Karras|16-24|6-8|2
        fcanimemixfcanime|anime
        fcblendmixfcrealism|photo
        featurelessmixanime|anime
        flat2danimerge|anime||DPM++ 2M Karras|16-24
        flonixsvectorstyle|logo vector
        forgottenmixanime|anime
        forgottenmixcartoon|anime
        forgottenmix|||DPM++ 2M Karras|24-36|6-8|2
        freshmagicdigital|render_3d
        freshphotorealism|photo
        galaxytimemachinesgtm|fantasy
        gameiconinstitute|logo||Euler a|20-25|6-8|2
        ghiblidiffusion|anime
        ghiblistylemix|anime
        ghostmix|anime||DPM++ 2M Karras|24-36|5-6|2
        gigersalienfactory|photo
        glowboys|anime
        goushi|anime
        gravymixphotorealism|photo
        hakomayboy|anime
        handpaintedrpgicons|logo painting|rpgicondiff|Euler a||6-8
        humanrealistic|photo
        impressionismoil|painting
        inkpunk_diffusion_v2|illustration|nvinkpunk
        insaneisometric|render_3d
        ipdesign|render_3d
        isometriccities|render_3d
        isometricfuture|render_3d|isometricfuture|DPM++ SDE|32-36|9-9|2
        isometricsd|render_3d||Euler a|32-36|6-8|2
        jasghphrasminky|illustration
        jeweldefactapastel|anime
        kawaiimixnijiv5cute|anime
        kenything|anime
        kkwideal|photo
        kuronekoanimemix|anime||DPM++ 2M Karras|20-30|6-8|2
        kyumix|anime
        landscapephotoreal|photo
        landscaperealistic|photo
        lehinamodel|photo
        lemonteamixpainterly|painting
        libramix|photo||DPM++ SDE Karras|24-36|5-6|2
        ligneclaireanime|anime||DPM++ 2M Karras||6-8|2
        lineartmodel|illustration
        linghuainkjx3game|anime
        lolsplashartleagueof|anime
        lrmliangyiusrealistic|photo
        lucidperfection|photo
        lunardiffusion|photo
        lunarradiancemix|anime
        lyriel|||DPM++ 2M Karras|28-36|6-8|2
        magicalgems|photo
        majicmixfantasy|fantasy
        majicmixrealistic|photo||DPM++ 2M Karras|20-30|6-8|2
        majicmixreverie|||Euler a|24-36||2
        majicmixsombre|photo||DPM++ 2M Karras|24-36|9-9|2
        manmarumix|anime||DPM++ 2M|16-24||2
        mcbsmachinecodescomic|comic
        mechanicmix|anime
        meinaalter|anime||DPM++ SDE Karras|24-36|6-8|2
        meinamix|anime||Euler a|20-30|4-9|2
        meinapastel|anime illustration||DPM++ 2M Karras|20-30|5-7|2
        meowmixrealistic|photo
        mistoonamethyst|anime
        mistoonanime|anime
        mistoonsapphire|anime
        mo_di_diffusion|render_3d|modern disney style
        moonfilm|film photo||DPM++ 2M Karras|27-36|6-7.5|2
        morerealistic|photo
        mosrealistic|photo
        motiondesignv13dartc|render_3d
        nabimix|anime||DPM++ 2M Karras|24-36||2
        neonisometric|render_3d
        neverendingdreamned|photo||DPM++ SDE Karras|24-36||2
        nextphoto|photo||DPM++ 2M Karras|16-24|5-6
        noosphere|||DPM++ 2M Karras|16-24|7.5-9|2
        nostal25dmix|anime
        nostalyakimix|anime
        notsoxjbmix|anime
        oilpainting|painting||DPM++ 2M Karras|18-26|5-5
        openjourney||mdjrny-v4 style|Euler a|20-30
        orangechillmix|||DPM++ SDE Karras|16-24||2
        oukagufeng|anime||UniPC|20-30|6-8|2
        paragon|photo||Euler a|20-30|9-9|2
        pastelmixstylizedanime|anime
        pegasus9mix|anime
        photon|photo
        picxreal|photo
        pirsusartstation|concept_art
        pirsuscomicsstyle|comic
        pixarstylemodel|render_3d|pixarstyle|DPM++ 2M Karras|16-24|6-8
        prismaboysmix|anime
        productdesign|render_3d||Euler a|24-36|7-9|2
        profantasy|fantasy||||6-8
        projectkr4x25daaymix|anime
        projectphotobeta|photo
        protogeninfinity|||DPM++ SDE Karras|24-36|6-8
        protogennovaexperimental|||DPM++ SDE Karras|24-36|6-8
        protogenx34photorealism|||DPM++ SDE Karras|24-36|9-9
        protogenx58rebuiltscifi|||DPM++ SDE Karras|24-36|9-9
        pseudorp|render_3d
        pureperfection|photo
        queratograysketch|illustration
        rarender|photo||DPM++ SDE Karras|16-24|6-8|2
        rcnzcartoon|anime render_3d
        readiffrealistic|photo
        realbackground|anime
        realcartoon3d|render_3d
        realcartoonanime|anime
        realcartoonrealistic|photo
        realgoofball|photo
        realisticvision|photo||Euler a|20-30|6-8
        redshift_diffusion_v1|render_3d|redshift style
        revanimated|||DPM++ 2M Karras|26-36|6.5-9|2
        rinamix|photo
        rmadartsd|photo||DPM++ 2M Karras|24-36
        robo_diffusion_v1||nousr robot
        royaleanime2dver|anime
        rundiffusionfx|photo||Euler|16-24|6-8
        ruvimix|anime
        safefurwork|anime
        samaritan3dcartoon|anime render_3d||Euler a|16-24|6-8|2
        savmix|photo
        scifidiffusion|||Euler
        sdhk_v30|||DPM++ 2M SDE Karras|22-34||2
        seekyou|anime||DPM++ 2M Karras|20-30|7-9|2
        shampoomix|anime||UniPC|32-36|5-7|2
        shoninphotoreal|photo
        simplemix|photo||DPM++ 2M Karras|20-30|6-8|2
        specialmixsuperphoto|photo
        spiritedawaygeneralmodel|photo
        stable_diffusion_v1_5_pixelart|pixel_art
        sudachi|anime||DPM++ 2M Karras|16-24||2
        synergix|||DPM++ 2M Karras|16-24|6-8
        synthwavepunk||snthwve style|Euler a|24-36|6-8
        tangyuanmix|anime
        tanimev4pruned|anime
        tcomic|comic
        tfmamericancartoons|anime
        tfmcutesyanimemodel|anime
        tfmnostalgicanime|anime
        theallysmix|photo
        theoldfishspread|anime
        threedelicacywonton|anime
        toonifylegacymodel|anime
        toonyou|anime||DPM++ 2M Karras|20-25|7-9|2
        tshirtprintdesignstest||printdesign|DPM++ 2M Karras||8-9
        universalphotorealistic|photo
        unstableinkdream|photo||DPM++ 2M Karras|16-20|6-8
        urbandesignsd|photo
        velamix|anime||DPM++ 2M Karras|16-24|6-8|2
        vendophotorealistic|photo
        versamixanime|anime
        versamixrealistic|photo
        vinteprotogenmix|||DDIM|16-18|6-8
        vivcharmix|anime
        westerncartoontypea|anime
        wondermix|photo||DPM++ SDE Karras|20-30
        wyvernmix|photo
        ydenv3trainfix|anime
        yottamix|anime
        yqmodernexclusive|photo
        yuzu_v10||||16-24||2
        """,
        """
        0mib3_gut_auf_1|logo vector|in the style of 0mib
        1001arabiannights||1001ArabianNights
        1970retrofuturism||1970retrofuturism
        80s_japan|film photo
        aarg_aerial_000018||archiaerialview
        akirabikev0_2||akirabike
        alchemypunkai||alchemypunkai
        alien_lora||bigbadejo alien_monster
        allymech||robot
        analogdiffusion_lora300|film photo|depth of field
        anatomictech_20||AnatomicTech
        angelicai||AngelicAI
        antimattertech_20||antitech
        apocalypseengine||post-apoc
        artdecoai10||ArtDecoAI
        artdecoai||artdecoai
        artnouveauai||ArtNouveauAI
        azovyarpgartisttoolslorav2art||zrpgstyle
        azulejoai||AzulejoAI
        baroqueai||baroqueAI
        bedroomai_lora||bedroomai
        biopunkai||BiopunkAI
        bladerunner2049|film
        bloodstainai|illustration logo vector|bloodstainai
        bohoai||bohoai
        boneyardai_000011||BoneyardAI
        booscapes||booscapes
        brassinstrumentai_000014||BrassinstrumentAI
        bronzepunkai||bronzepunkai
        bugattiai||bugattiai
        c4ttitudeflexver||c4ttitude
        capi_09||capybara
        chibi_animals|anime|coutom
        chinese_ink_painting_style|painting
        circuitboardai||CircuitBoardAI
        coalpunkai||coalpunkai
        colored_icons_by_vizsumit|logo|coloredic0n icon
        concept_master_1_0|illustration|tbcc illustration
        constructionyardaiv3||constructionyardai
        cosmiclandscapes||cosmiclandscapes
        coveredinhoney||covered in honey
        crystallineai_000009||crystallineAI
        cyberdead2||cyberdead
        cyberpunk_helper||cyberpunk
        cyberpunkai||CyberpunkAI
        cyborgbot||robot
        d1s_backroom||backroom
        danchi||danchi
        dark_angel_base_preview_v1|photo|dark_angel
        ddicon_v2_lora|logo|DDicon
        demonmawai||demonmawai
        dieselpunkai8||dieselpunkai
        dieselpunkai||dieselpunkAI
        difconsistency_photo|photo
        doortoinfinity||doortoinfinity
        dra9onscaleai||Dr490nSc4leAI
        dragons_v1||dragon
        dragonscaleaiv3||DragonScaleAI
        druidmagicai_000010||DruidMagicAI
        dwemertech_21||dwemertech
        e235_v5||e235, train interior
        ebonygoldai||ebonygoldai
        eddiemaurolora2_elegant||emauromin style
        eddiemaurolora2_realistic|photo|emauromin style
        eddiemaurolora2_tech||emauromin style
        eddiemaurolora2||emauromin style
        elementalmagicaiv2_000008||IceMagicAI
        fairytaleai||fairytaleai
        fairytalev20_sd1_5||fairy tale
        fantasyv1_1|fantasy
        film_lora|film photo
        foodphoto|photo|foodphoto
        gameiconresearch_3d_lora|logo render_3d|game icon
        gameiconresearch_badge2_lora|logo|game icon
        gameiconresearch_book3_lora|logo|game icon
        gameiconresearch_bottle2|logo|game icon
        gameiconresearch_currency3_lora|logo|game icon
        gameiconresearch_food_lora|logo|game icon
        gameiconresearch_gem_lora|logo|game icon
        gameiconresearch_giftbox2_lora|logo|game icon
        gameiconresearch_omkt_lora|logo|game icon
        gameiconresearch_pprofilepicture_lora|logo|game icon
        gameiconresearch_ring_lora|logo|game icon
        gameiconresearch_skill_lora3|logo|game icon
        gameiconresearch_sword_lora|logo|game icon
        gelatostyle||GelatoStyle
        gemstoneai_000010||GemstoneAI
        ghibli_v4|anime
        glasstech_20||glasstech
        glowingrunesaiv3||GlowingRunesAI_green
        glowingrunesaiv4_000005||GlowingRunes_red
        glowingrunesaiv6||GlowingRunesAIV2_paleblue
        glowingrunesai||glowingrunesai
        gothichorrorai||gothichorrorai
        gothicnoir||ladydim
        gothicpunkai||gothicpunkai
        grecoromapunkai||romapunkai
        greenslimeai||GreenSlimeAI
        handmix101||hand101
        hankyu3000||hankyu3000
        head_mounted_display3_000007||head-mounted display
        infernalaiv8||1nf3rnalAI
        isometric_chinese_style_architecture_v1|render_3d|isometric chinese style architecture
        ivorygoldaiv2||IvoryGoldAI
        japanesemodernofuro||jmf
        jre205_v2_1_0_midd||JNR205
        karaokeroom_test08||karaokeroom
        karaokeroomv2||karaokeroom
        kawaiitech_20|anime|kawaiitech
        klabyrinth||Labyrinth
        konbini_v4||konbini
        kuglycreaturesv2||U61yCre4ture
        legoairev||LegoAI
        lofi_style||lofi style
        loong2_000015||loong
        lunarpunkai||LunarPunkAI
        made_of_ice||made_of_ice
        magmatech_20||MagmaTech
        mangguo_keji||mangguo_keji
        manyeyedhorrorai_000011||ManyEyedHorrorAI
        marblesh||marblesh
        marblingai||marblingai
        markerhandsketch_v1|illustration painting|marker painting
        mech4nim4lai||Mech4nim4lAI
        messyroom||messy room
        miaobishenghuav1||miaobishenghua
        mj_style||midjourney style
        modernlogo|logo|modernlogo
        necromancyai||NecromancyAI
        necronomicon_10|illustration logo|Necronomicon Sketch
        neofuturistictech_20||neotech
        neonpunkai_8|render_3d|Neonpunkai
        nightmarishaiv2||NightmarishAI
        nodestech_20||NodesTech
        oilpaintstyle_v1|painting
        oldegyptai||OldEgyptAI
        p_ghibli_v3|anime
        pastelgothai||PastelGothAI
        pastelvectorai|illustration logo vector|pastelvectorai
        pen_sketch_lora_v1_0|illustration|pen_sketch_style
        penink||penink,monochrome, greyscale
        pensketch_lora_v2_3|illustration|penSketch_style, monochrome, ink sketch
        piratepunkaiv4_000004||piratepunkai
        pixel_art|pixel_art
        pixel_sorting|pixel_art|pixel sorting
        pixelart|pixel_art
        playstation5ai||Playstation5AI
        pmini_v3_5_18||pmini style
        postapocalypse3||postapocalypse
        postapocalypseai||postapoAI
        psyai_128||PsyAI
        punkpunkai||PunkPunkAI
        pyramid_lora_ghibli_n3|anime
        pyramid_lora_ghibli_n|anime
        pyramid_lora_ghibli_v2|anime
        pyramid_lora_ghibli|anime
        retrofuturismai||RetroFuturismAI
        retrospaceships||retrospaceships
        retrowave_0_12||retrowave
        rihasuta_000004||rihasuta
        rootsbranchesaiv5||RootsBranchesAI
        rottingzombies||rotungwoka person
        russian_panel_houses_v105||russian panel houses
        s1_backroom_deliberate_000008||backroom
        samuraipunkaiv3_000007||SamuraiPunkAI
        silavrav2||silavra
        silversapphireai||SilverSapphireAI
        singlelineart_lora|illustration|singlelineart style
        solarpunkai||solarpunkai
        soulcard||soul card
        sovietpunkaiv2||sovietpunkai
        sp4c3sh1p||sp4c3sh1p
        splashes_v_1_1||Splash
        stackedcityai||StackedCityAI
        stainedglassai_000006||stainedglassai
        steampunkai||steampunkai
        steampunkcog||cog
        steampunkschematicsv2_000009||SteampunkSchematics
        stickers_10|anime|Sticker
        stonepunkai_000011||stonepunkAI
        streamlinerai||streamlinerai
        style1_fc_v1_0||style1-fC
        style_illumination_v2_epoch3||peach (illumination)
        suzhouyuanlinv1||suzhouyuanlin
        sxz_slavic_fantasy|fantasy
        tarotv0_2||tarot card
        terranaiv2||TerrranAI
        teslapunkainew||teslapunkai
        teslapunkv2||teslapunkai
        throughscreenv2||through_screen
        tikiai||tikiai
        totempunkai_v20||totempunkai
        underwater_scene_v2||UNDERWATER_SCENE
        unholy||Sc3pt4
        vampirictech_20||vampiric
        vikingpunkai||vikingpunkai
        vividwatercolors_10|painting|wtrcolor style
        western_illustration_offset|illustration logo vector|western illustration
        whiteslimeai||whiteSlimeAI
        witchcraftpunkai||WitchcraftPunkAI
        wowifierv2||by mooncryptowow
        wowifierv3||by mooncryptowow
        xiaorenshu_v1_5||sgyy
        yhmotorbikev0_9_000001||yhmotorbike
        zyd232_inkstyle_v1_0|illustration|zydink
        """,
    ),
}
"""Family -> its main models, and its LoRAs, as `well_known` describes the lines."""
