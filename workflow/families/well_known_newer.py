"""Checkpoints and LoRAs for SDXL and later families that many people have.

Styles, settings and trigger words are mostly from memory of common use: commonly documented, not looked up on the
files' own pages. A file's header or a sidecar beside it goes before them.
"""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "sdxl": (
        """
        juggernautxl|photo||DPM++ 2M Karras|30-40|3-6
        realvisxl|photo
        epicrealismxl|photo
        cyberrealisticxl|photo
        realismenginesdxl|photo
        leosamshelloworldxl|photo
        nightvisionxlphotorealisticportrait|photo
        halcyonsdxl|photo
        novarealityxl|photo
        cyberillustrious|photo||DPM++ 2M Karras|25-35|4-6
        cyberrealisticpony|photo||DPM++ SDE Karras|28-35|4-6|2
        ponyrealism|photo||DPM++ SDE Karras|25-35|5-8
        realdream|photo
        dynavisionxlallinonestylized|render_3d
        protovisionxlhighfidelity3d|render_3d
        nova3dcgxl|render_3d
        moderndisneyxl|render_3d|modern disney style
        zavychromaxl
        albedobasexl
        crystalclearxl
        fluentlyxl
        dreamshaperxl
        colossusprojectxlsfw|photo
        sdxlnijispecial|anime
        sdxlyamersanime|anime
        aamxlanimemix|anime
        counterfeitxl|anime
        bluepencilxl|anime
        kohakuxl|anime
        mistoonanimexl|anime
        animaginexl|anime||Euler a|24-30|4-7
        starlightxlanimated|anime
        hassakuxl|anime
        hassakuxlillustrious|anime||Euler a|20-30|4.5-7
        autismmixsdxl|anime||Euler a|22-32|5-8|2
        waianinsfwponyxl|anime||Euler a|22-32|5-7|2
        wainsfwillustrious|anime||Euler a|15-30|5-7
        waiillustrioussdxl|anime||Euler a|15-30|5-7
        prefectponyxl|anime||Euler a|22-32|5-7|2
        prefectillustriousxl|anime||Euler a|20-30|4.5-7
        novaanimexl|anime||Euler a|20-30|4-6
        novafurryxl|anime||Euler a|20-30|4-6
        illustriousxl|anime||Euler a|20-30|4.5-7
        obsessionillustrious|anime||Euler a|20-30|5-6
        oneobsession|anime||Euler a|20-30|5-6
        noobaixlnaixl|anime
        noobaixl|anime
        realcartoonxl|anime
        realcartoonpony|anime
        arthemycomicsxl|comic
        sdxlfaetastic|fantasy
        pixelartdiffusionxl|pixel_art
        lahmysterioussdxl|painting
        """,
        """
        pixel_art_xl|pixel_art|pixel art
        pixelartredmond_lite64|pixel_art|Pixel Art, PixArFK
        pixelartredmond_lite64xl|pixel_art|Pixel Art, PixArFK
        logoredmondv2_logo_logoredmaf|logo|LogoRedAF
        logoredmond_logoredmaf|logo|LogoRedmAF
        studioghibli_redmond|anime|Studio Ghibli
        studioghibli_redmondxl|anime|Studio Ghibli
        lineaniredmond_lineaniaf|illustration|LineAniAF
        coloringbookredmond_coloringbook_coloringbookaf||ColoringBookAF
        storybookredmond_kidsbook_kidsredmaf|illustration|KidsRedmAF
        3dredmond_3drenderstyle_3drenderaf|render_3d|3D Render Style, 3DRenderAF
        stickersredmond||Stickers
        tshirtdesignredmond_tshirtdesignaf||TshirtDesignAF
        toyredmond_fnkredmaf||FnkRedmAF
        ps1redmond_ps1game_playstation1graphics||Playstation 1 Graphics, PS1 Game
        papercut_sdxl||papercut
        papercut_xl||papercut
        harrlogos_v2_0|logo text|text logo
        harrlogos_v2_0_xl|logo text|text logo
        voxelxl_v1||voxel style
        ral_dissolve_sdxl||ral-dissolve
        zavy_ctflt_sdxl||zavy-ctflt
        zavy_cbrpnk_sdxl||zavy-cbrpnk
        """,
    ),
    "flux": (
        """
        ultrarealfinetune|photo
        jibmixflux|photo
        stoiqonewrealityflux|photo
        realflux|photo
        flux1kreadev|photo
        cyberrealisticflux|photo
        pixelwave
        fluxmania
        shuttle3diffusion
        """,
        """
        flux_dev_lora_logo_design|logo|wablogo, logo, Minimalist
        flux_ghibsky_illustration|anime illustration|GHIBSKY style
        softserve_anime|anime|sftsrv style
        frosting_lane_flux|illustration|frstingln illustration
        flux_koda|film photo|flmft style
        flux_film_foto|film photo|flmft photo style
        plushy_world_flux||3dcndylnd style
        pola_photo_flux|film photo|polaroid style
        yarn_art_flux_lora||yarn art style
        """,
    ),
    "z_image": (
        """
        moodyrealmix|photo
        zimageturborealistic|photo
        """,
        """
        pixel_art_style_z_image_turbo|pixel_art|Pixel art style.
        """,
    ),
}
"""Family -> its main models, and its LoRAs, as `well_known` describes the lines."""
