"""One small picture of each format (16 x 16 pixels, a generated gradient): what a worker is warmed up with.

Held as bytes and not made at start, because encoders are large, start threads, and are not needed otherwise.
Each is zlib within base 85.
"""

import base64
import zlib

_PACKED: tuple[str, ...] = (
    # JPEG
    (
        "c-s4a<NpH&0WUXCHwH#V1_nkTWcdG(LCLiuGmU}4*Ox(yfq{VoC?~|g%m9*SV*rEyw;7xn1h{$lc(?@kc=?0`1%xFuq$I?|Bn*{RWi_mfZEY"
        "-#EzBJ}V*DIj!d=ZR0&)Yx<CD@e((QZ;D+^L8Vp7wSL54623JFPwO6W^T=_fl`I3<$|{vTiv<X{kB5MX9hVqg+vWEN!ne}q9E=vG!nFkpZJM"
        "kZz!RyKAHPA+bsf~^7!OpMITOf1Z-tSl@**;=4H1B)Q5kfNa@n{Z$vyHcTuQRBpg9Li1`4~hm|{Gei-RMf=DB_=K*DW$5WuA!-AVrph?VQJ;"
        ";;_Bw^;pr6|5*ijB5gC=7lA4yDk(pIoQd(ACQCZd8(%RPE(b+X=@|3C5rq7r;YtiB*OP4KQv2xX>&0Dr^+rDGxu0w~996fgY#K}{aE?>EN?f"
        "Q+Iw;n!v{N(Ag=PzEq`uOSdm#^Qx|M>X}<S#}BW=0sm>Muc{znEB9m|56C{$gY*2PqI_VO2C_6LJh>Pb?HxGHT=yahkYr<3Ubk<Dd_sNktdA"
        "#8gZks(u7{4eT@GJk~^(&)^<I`0Ew}4>Kb$@|Xn~>=~ZDeN*<h>(=&-xBImH?j6swSUv5Vb>UIb!upWU`yc)*|6{MLf4n$4`2S4+d@}g?"
    ),
    # JPEG, progressive
    (
        "c-s4a<NpH&0WUXCHwH#V1_nkTWcYuZ!I?pTn}?5wOMs7;Pe@QeSVBWeLQG7;P+3)0!^+s!#?sir+`%Kp&%q_!)!ZT=H!wUtDLo_I&bP3#Af+"
        "NEH9h(NAqH*^1_1^EMn*w~|3?_afaU|uMglC%tp9H@aDYV_&t~NU6^RO<sbOGZfU03+Wl{nHpdt|gG&KwgP&I7!O!8PwVGx9wVz1bxu?TLhf"
        "IU{_if~Kqfp#@G=>NY70J>Z>VE"
    ),
    # JPEG, CMYK
    (
        "c-s4a<NrGbKF5^&q*R6!1`zmvo57hufSZSphf9EumrqDgKv+UUN<vIb!cbXNR>R8J*2dD<!rZ|l#?Qee+|}G7AU7~PJ}EsT-OjhLvLK}*CN("
        "|z{{aRO4h8`R0TyRL246vjNI?c~L5BZF7~~lk7+D#?fB^~^nV4Bv+1NQaxwwG}whAyXF)}kVu`si;vakSUYk~3%EP|{;iiVDC!hwnGN`)duj"
        "T0AgC_8ODC>nI}gNkudQ4=SZn7D+bl&YG#hNhN@shPQjrIoXbtDC!rr&n-DXjpheWK?oWYFc_mW>#@YX<2ziWmR)aYg>CqXV;|3Q>IRvK4a#"
        "rMT?g#UABD1%2k^-Z`rzS`;MKv4jn#n^w{weCr@3veC6u3>o;!Rdidz^lc&#~zj*oT<EPJGzJB}u<L9scw;1?XoEdx>A{o3H80;CIeer*|F8"
        "{au-&xQ8Gdz*}ckTV*)BhP{p8xswh3gBi@Q;jt$Nw{=?PdPwIR9<lADjIj&()t#+Vh{m<)73S{x|jCGX676NdFzZpI`q^@%+y>);nCZZ|et&"
        "XP-wiPW%5&0B4l87y"
    ),
    # MPO
    (
        "c-s4a<NpH&0WUXCHwH#V1_nkTWcdGxA;UMojlt7Xi-CiIfq|KUVFNn@3y@`CXkfs&fd!<9feD0x;tD|8hyeze8JL+FPymSkoC(5KKm-48GdM"
        "E{aP#o-a0&47@(BqF2uo;4Nr;I_7%HpEYFHWD+E^M}m^*mH_&K<QyP8`B<OYVvC#7ek+xZq&7Nk_fq^2i>3}F-$5|R*=(3g_ZPj<3!N+ucnK"
        "foZ!!63jOz|5$`z$D1XEXer(2!lK@L|7TY0OlP=CT12^Hg*n9E^eTLtpW^8jLghTEX=H|EWi+AtOd$5un4jWDH=Mm2?r*!D;0_uHBMZ}q3pE"
        "rplHy=4=Tn<MNOPsV&W2#QmSg|8k$-rre@|AmR8O#u5Rugo?gKrp<&?>kx|JhscGpMnOVgprDf$6l~v6xt!?ccon4bAPnkMx`iz;g7A;<~bl"
        "LJ1D_3pWyk+aQ?K^hvI&}ER(PPI?oIG{u@|COCuHU$M>*1rvPo6$|{^I4UkDoq&`TFhqkDtFl{$gZcW`qH({t^WGi;0DWnS~wXFGi+vkODy#"
        "Rz*WLA;&=W#6n>uqec!9r-=(U9^_Ou4*DRPRCJL`OvU7(>PL{*z&<0+V@+iF4DK<6ziu(`Ff#%pk6Dnxp5fWsH)W5zZf)OqyHDHi-tjz()zi"
        "LN7akQYtPlCT|KY##KlaM{$BUzb|KI$NCkrUh9E@gx(JV0FSpWb8o&vQ"
    ),
    # PNG
    (
        "c-rd>@N?(olHy`uVBq!ia0vp^0wB!61SBU+%rFB|-kvUwAr*6yQxXyc5(E_FHX3kn7#P$fBm^i-YRL#lNZ4`UfWm<T4l{VSH%18MF&~-1X~1"
        "?Tq@>WqULfuAUH%rqc@+or?4<aQOklYECu*JKu3kZ)u?(KBelF{r5}E+D+b7l"
    ),
    # PNG, alpha
    (
        "c-rd>@N?(olHy`uVBq!ia0vp^0wB!61|;P_|4#%`(Vi}jAr*6yQxXyq1QG-U6vQ_haBvtH7}Nj-0u;L2q!t`FaG;>EvC)yCtMj??&ITK)ldJ"
        "}p)fF~Q%srylugc@`nE#Z40<Z8yz7MB?tQieQ*Y9}R?r6opV6rEA-r0^neL!m%JYD@<);T3K0RZEgFl+"
    ),
    # PNG, palette with transparency
    (
        "c-rd>@N?(olHy`uVBq!ia0vp^0wB!73?$#)eFPGa2=EDU-EhIh;KJ?=9f<}V(>8dl*dVaZz{AQwz$kBTCmT==V@Z%-FoVOh8)-m}x2KC^NW~"
        "oAo`Zr74jjzlRvVbBH&}4*wRdJ;>2Qqw&I{!fcBeOOUI*N58DczyidYuhe|dAmt<!oApXII!q%@?bAL2VV$LIaNL%jM9g<_ve&dI(68q476>"
        "gTe~DWM4fZ8|<="
    ),
    # PNG, 16 bits
    "c-rd>@N?(olHy`uVBq!ia0vp^0w4?`7_vBO{sAd5PZ!6KiaE(C2?7VWXG(B11hO9XWMp8nV-&bIyL$#mrKhW(%Q~loCIC>u5yJ",
    # PNG, animated
    (
        "c-rd>@N?(olHy`uVBq!ia0vp^0wB!61SBU+%rFB|9Er&xK0q2I#PGRyasiN%N`r_oz%(!*03!oKP%&o-kmc>^;uumfCpje{K_EduL2jb~2Zw"
        "<{O+rF|!lagrfP{n{2M#D4IN&gYcY9-mP#*J<8Jq@ecS1@EP3#5IF5l&E5u8_XK+jH!|HuS}+kc|gN$%<uM6#R_yX7Yt9xnj0{L)e!LqN_3I"
        "^fTN4~>ouEJr>yK4fNYW?(+dtmN6z#?HgT#=|2o(UEXCS7BPqZ3e?-496N~cj@&#V?UI$>vyBUAz}U-N8KMcN(eEi*lq7Cc=2y8$P!OiKbLh"
        "*2~7YsPgSV"
    ),
    # GIF, animated
    (
        "c-nLKbh9u|6krfwXkuX4aKXjk!tM<ni3T0hHh8SqAh6EB!^%LwNQVIkKx!B`G8p(dWGWUk9BgLi6msbZc<9i^&MP6H5vbJI&B7D6=EOyYWBn"
        "{vVJw{&4=_wr(Vyqy8FZjwx<NeG4A0`UGt(KFI2ZyhtDTu+$;k24)A)e@0_RRH)+~|COACEw+O<lVz6fCmUF*lo!Jzn)g%M~W1Kjc^T+ZXjW"
        "Z>pdahTB1(9Fc35u&ld!Lf-$+$iUVK;ofRURkj%8WWR_cFVHYO|b}k>^4bNUW%pj;{irygG4?Khs|jW)Af_3W@JuQ^P6j3dF#*0Vg~<(7R9G"
        "bw7#faT<X@otH)9y<H{`mwPw5m0u0sw`xIq+"
    ),
    # WebP
    (
        "c-jGA0H6O-Nk&Fk00012MM6+kP&gn=0001R0sx%>Di8n=00V$pC9nc?J^%Fh|9}GWPGSH6{`TNhN%RQ6Gwtwe4S8UhAu|JCy}tYIpGtTc>9g"
        "=tgXtdbf1J7x>EAUjAOHXp*Cqu"
    ),
    # WebP, animated
    (
        "c-jl{baRVgW?%?+bqWXzu!!JdU|<jeVtz1k^z-y(V}JoiKVP>gj4&QV1rRU+_4!l-#r63QFbmYDFUy_nXi$IP<<@!y38!tkDlM)Y50zU4oH!"
        "IA#0Nnq3l8Rm+j6CkmCf3=r%;t=@orYNgz0yb6<dOf)-xQ?-RXbGp+faLx6k6=>M)HR-cWlB{=Us;V$D+#+?IPA8GWDA@sC|Wz<@(T!h%Ib#"
        "Dqsj#)d&jaq)sh3zHL)5+6T!^iWwr(2!G8(vnqG)Rb3O)|S!8aPx*u8;c8y3O|4N^wD_1gbf`lX6$HLGG$B8nmKzIv@}<*ShX@cBP;Xui&rn"
        "T7fjsPxpL;t)}>Ro_O6|~m(j{{_l{jVt1GH1fB*RP(>fubz#}7~!X+i7#3v`FhCxkr`I2Qz(^Jw?pFer_R6QZE&@(f#(ls@-)HgS_meI^~`<"
        "886%S*~izkm7m)%?MQ4<}yS_;KXPl`m)B-1)<xr@Ma5y0!T^dAaZ3ynCzv;Nr)VFK_-l`t<78vv2SIWwf*1zh~dx`kK1h|9}4dwI2d;bNuk*"
        "%b!obzWw|7^XuQwzrX+g;6qeD9eQ->)2UatejR&u?c2F`_x>F~4U!t?<ltiO?C5Iu^zd^3{P=puMAQ&<N(w6S%8IITOA9OW%ZsaXK#h<+&5I"
        "{*?p{56cl+|`+xyqg-`}_pH9ngbP1@A8YSyl{Wz)9xt(&*60W~?;Fe?iib8Aamv#X1n^XtpoGb*B{CMG2zBQ7l|D>gMTGd?{zJ9xeU0H`~3m"
        "j"
    ),
    # AVIF
    (
        "c-muNU{FXasVqn=%S>Yc0uY^>nP!-qnV9D5Xy^nKdYzkElE?r7iWw<6MNl?FL1uCZ0~+8f$SlbPvlxL`E;A=T8N_h`@fjhajKV-V5QsH0GxO"
        "5mYNddjR3<1dvCP2GIX@>KY*$uhK~Vva_RcIw&Ii&WnZ*UEQ2PX6xFEA46C}XQ!NCEfcoNGDof{c=KtjUF`8h>-$vG83lX)4~8h}FLnFYBpK"
        "LH)a!pPLj0%S(!rX-dKF>rB8@ch4}pt#^dgOQWe@%Gk-XABNAwKy=GOlJN5`gEyC{6kL3*}sH1*DFt7y7$MGh^oIo?cMaYT-7&G<<|=1df8N"
        "+x;^D-qTj|MiSO}!0P1{D(E"
    ),
    # AVIF, animated
    (
        "c-muNV9-e`sVqn=%PeL90wA3RV&@j88D<veTjXY@8RljtrujM=Isv6$=cbk<GC+W0MoLZ*l+93(nOwqv2KWjxOLD<1Mj)2U%*js%aa=%rMu;"
        "f$Qy}dJ#2T5Id1-L9Qb0~B6O@-&W?<-?pOX)^D=V|0r~pWNXBH&q18I@W;(}DDeF89CkXexl5@6=w-~duQiDib)jSM^>A>riwoT9wsoC=`Hy"
        "bNp&Kq2wWf?SxNfDU6}WNKz%U|>3yo1b3>6spKA%Sd5_%0Jh#zkr~bU;KvxkUJTX{mzIM7HE722D|{Mn#rxCC@~wz&M3(S+s}w;KST`f1_u0"
        "gVs!&7%z()tHKhcU1XNOUic6sO!E`X8n!&g#HzgAkWIDMixWfjfH}nWm$%QdA7m@@-%5pPO(44E10+EwRDN0R4atcprQH}zH%_v%2l9U5vPc"
        "1GfPC-)B3Q9mYf&}Dw0R|5s?EzE4<>>FL;G7S%Fdcj3NPvTyK%x>zPA&%fum-BBxC9)!Fh?*!X&Innlaa*H<*JY@W`gDwkW)p9OTg)$0Vy8="
        "#fpp3%$k>*l2{_dz{LyV&;PmglY-)c3k^or0t`nO65Av+R2uf*yBWY!v}xL7=bn@c{Cx|i6l=1nNd(Vy)vV5&Zyx2#^QYj(&7_YEZN;rdM~y"
        "P18iW{(Tnv~S8vg#U7GP|XNLb*=!LW;SJ4fE-#>c`J;<cMZ50{qo&39)yb9Pm>?J}F)SyKN@b}Uxeuu-8vjpIgB=@SJx>&6}d09a|tas"
    ),
    # HEIC
    (
        "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>UfiWyMwIq=N0u(b+a*CjAhJwuG5(YG&l$nzcHpIn&fe{FSfUycfg9L$CIWsda4a@_HiUK*QOi*"
        "4%S+XIB$ybnBk_%UIEwiAg07!4oEJ)4=(iK2u&Wy|;p$T9`avvD}{QdERfq|bn0jNX5fsu#t|9_AIW{?VI5R%))<d6uI)OKQIM3Y&d(8xONm"
        "8a&qJSHg~4v^3Z5W(S)1XR!N!g#P~gOUT#8sX&poT9wsoC=^YF9TZxP)H=RxF8kkHwP#dD9EhH1PL&6Z~#qX5YH^gg#{llL|7V`m|1{KpWKv"
        "0Q0O^mFs^5j_)|IKlXcm(XD7FJ2G{2JT$<Uu@g~=bm!A^N9M-&i^RQ@##=JY9Qm@~e>-8YnyX?Zexs_)m`TR0AdUx;u07f}uH~"
    ),
    # BMP
    (
        "c-oDLI}XAy6a?3A{h>lW2Bk$w8BwH3o1WX`1e}2ixu@j-ITB9%ERiCDk*1j4ZWs+##^R|MRf9u4%KtuAmu2xfXT0Ww+mvyi5*~fVGiF@+gmX"
        "+V3Y34E-%YapA^<lnLe@prYE6nlU$GVO+_d%nSBKErIctOBl$~zrK7kw&8v"
    ),
    # TIFF, raw
    (
        "c-l=;v5_4y2<7fPo*PGUU^{U@>_{b$UPcL&pc052IiLhePzjWv5-33>`2Cv;Zg<#a5Q6s}yuJOQS0egG^z?<E;0@T*C;$2Bg<kOg3wwe8h(G"
        "M>hyM)w{*nI=_TwY|xbyQ<onIgR<KXwFI*;e|{e4dyOgw1{iIN)GqUGd4k(8TuQ5`x>ed*G`Lp<gjEJJmOjkSjPh!~z@?~ygm8P((7(ZoD>G"
        "SlQCY|6`67OQgx?_}Q`#eMiT*X2VfjC6b^$y_?krmiVIcg)NgdwR`#X7@aI7Ksc|7Mrp}NM)GtlIc<*C#ARC5<e0xd1VtIt1wEc30x&pv|-m"
        "1TB&zym&Q?V-B**$hAlRkredrHK(uVQb=Xa-ZKo`c?KZy_1TjDnzySwMa20_?zHY3}b@r-S`>gC0_aU<n5B8kC#Y_E|_wwsb;Uk^5&vH4g?R"
        "I?;WDaM@5GjBeWhfKv2nS_ACawS(=|D@P%#oYZXNF{JUdvi}JUJ4A(#}z7Cjm}wDq(;a3&h?o5CF6Qc9)|e%HVKQZP2jZ5KE|P)Zyw`SIV`*"
        "DpzeUiP9|F1;TV{bn&f8SdCMR(VZ4Ze%v6*Ne7i9iB`u7DTn%C%uL;*FL%v8(y5KczB;@u8Y0SWt>)8M2)aE8ONUj$f?(_zCPoC|Atyuvbr1"
        "qfG)GA!UiuHoj%xM"
    ),
    # TIFF, tiff_lzw
    (
        "c-l>pT}V@57{{OYeC;?*r%qc_>|n>5Yt0P}rhRbEqUq3bnq*|b1TU7;TwO^<oNb0+_=VO*1g%-7f~MI;Cc<e6h09MWC<ISZexMhHT?9pRCcB"
        "WAKkx7P^ZuXbxp?h%J=9_V0x&!P$AKyi@JQ_dwM<9^kL<+&#&h5>Kr97Fn1{S{P~ajm(j`tG2x2wG5K0ofAgV0s7)1cjbkd9(kv@?LI0@|@@"
        "FP*xcpOU_B^Hw}-=3i{9C4h-MAHg{cwihX5gW;ms8|iAz&Y-Rht?z@B3OTPcxH9}t5*z|Od5*Bo6TUlz*6$C*UX59(clU{=af8g+62_x<IQj"
        "R^8EbdP1|+n=mT1tgd>J?>F9XUizJa@v;^T7gg~Q;JvaWbBfER4^w71ETLoJV7psgT5igDCEE<yVTbCrAA%mp<*;?wBYLv;FSBo?6JpBfuNA"
        "4&&;wa=aX(<pLS{yk&x)wof*Xgmvx8|WH{j{Mq$=4RI@G_Qk5+qkD?iHN!0s)I!0a8&09m)&#y2lD8#&fEAg0?9naR*pmtK-ObztO3RNAOE5"
        "FEI4>hnr5$SxViX6@`i8Vq5>am6i9#Guz^_*kw?5W?xZC;bCKww9fx*W}f62HZ5HP4eY*@)5hHCu7PlHb;ds1y%rNHyI(Xh77khaSVu)A`LZ"
        "LowOgNkjQB88zty+Qn=8}{`5hM@#n=*Wl=n{-|FQK9cDj|Hvd-dDF0QPm^5BU%_d~liyWnw8&QRvxd-{#q-wV%%)23Ir8lo)A+Fs{cvo@q*c"
        "k?!?z;{^x23vg5erk4`Ps}T33(Zse3tt)1DneO<p-X}QN&tid0sxgPw2LvBars`C{~aFnNm*2sWg8L^vBR{il&Bxcr0(joH~OYp4x~r@h+ro"
        "dIsXA5Le*U"
    ),
    # TIFF, tiff_adobe_deflate
    (
        "c-r&y)M7Zr$iPrBM|4u4;1LH7=ZOt0Dr;C&6c{<D0$B=)sz8=U1n2bE?#nOdd46ING~75r#>y)z#qZxmaS_kRkm-5B{AVxORUO&k@k2%|)i~"
        "_=`(*xePc-&TUtQT&{nIv1DA7`>q$Tvulj4j1I!l7`JY!ByldaVLo5ImtD6`$U%Fg=T@qLR6^X9FZ{M}`~dHVM=*1oIOsJ(Kx4>d{+|M{h*?"
        "A4TaSFcMg-Wlbue{j>vge5y4T|B{SBxIHu`)yrrbl=fiwP8=r{p);P7%W~avFN;I&E@#Y`1#+Y_P_pU!)YKOcr1}!>4&JkUDx}k+rOUuyKBF"
        "7{M+g8`z<Yk7Wu{WZj<Q$`^YtbE&N39<%PoA9_rgMJ>y|)(`h}Mb9}~~1Fx5OB~0>bx#;U*6<Qd((qd{<_SZeXR(DR)VOSb{=V`FP^7TCd3R"
        "#SAq`4S6ST}EHZjxy3pZ-g!?LDi`(!6&Q?_Kt{UUPZ(zI_*G<zB6mZp@su{pnZ5HOICr*cHk8iIaWON{1;Io32zmK5>CBOYGLu+D)}(C8xy>"
        "eat;prKj*J_Vv_A9hSYRhb|>f-Jq~SHg%Cw1G}GtQwd9xZ%48UpWQD;vF#ZG3|tHhjLZzcsALcTVn!r36Ohdeq&=7z7?`2r96-zlWdns71Q}"
        "W2;-XM-kRCB4bHt%)4gv`os5l5Sfc1eO09bk2KL"
    ),
    # TIFF, jpeg
    (
        "c-r&y)MD7hz`*eT#{UBhf*cG23<AtSf(-703{HX!|8FtyFb6TXGdM9Y*fV^tXRkkP^|}6s^Zu9fU&iJCXHYu-*W~_x2F6c@Ki{3J=c$W#sId"
        "MQdGS93NBLjlzuGVOe~Q(=T=t*g2mi$W^JT?9l0W_Y&v5Ymr*r!n{xh^#|C{-5O8tq={~3JE|1%t@>8Y#UJpZu#^b2x){~4y0)E|=l&*1Z)!"
        "3(J8pX>Zznfw1SKS}<4cg{bFKl}gRWZ-6CU}R=s1iD=Sh#8UCOh7g>kahtIFhj-JftU@-W&&bCMiwxe1BgYT;vhX@Nalz`)ocV}8K^i2M>Dc"
        "BC;}N?AP(3J5Cn$cZ3brs4mLJ+HdYRHc6Lrq4lW)MULJ049!Vi#ei2zIc{y1r85so?J#_^o9c39A4RcK$149!N6M1z@TMHu_J!2E2|3?_)f!"
        "44xf&l{*FfuW-u(GjpaB^`26>Jp%`H`84g_)I=g#{>E3zTPI5o8roG<0MW4oqZMDikqloVbuf*=gfJ(V&YTRE(2~nmD<{#3dx9RMpfqG__1j"
        "&CD$<t(;w4-P}Dqy@EqR!@?sXqmoln)6z3Cvx-Yf%gQS%tD0L{+uA!iyCzMZGIiSY88c@sTD)ZGvgIpQuG+MD%hqk%ckJAC=<t!F$Bv&kdFs"
        ";TD_5^wzj5={!$*&wJbm{3#miS8KYjl4_1pI!KY#td2>|AUzw7"
    ),
    # TIFF, packbits
    (
        "c-l=<!L4OC2<6XDq9}{VS!A-A1?y3y>k`<`juI%rB~Sv36hH|sff8H-CAfh^Ie+vPqbn?gF`RSYe*5;7KED(FM}H3*Ogw1{iIN)GqUGd4k(8"
        "TuQ5`x>ed!YYJH8T+IS0#79b#jxVLl>;=h%B>jdMozxOenJ%!4O0O&-Fgyo_bBI%n`s_RUe;hi`LTJ`bTZ@^MU(xpbOMT~mDSn3*&7^qTj~?"
        "s@L4heU=bi%nS~q%ur+$#kiZlhRvmi64oUys{qxY!yaPHG!*Sibm{uLM!!d?b0~vt@~;|WHxNE$ut#XHDID;!>z+^T5UUJd2F}&wRi}UfG5B"
        "M5!&D_0*idzSe@(aRkik6*(>hyhunt;drsftrGCtN`E{r8k<Qy^xg6JayS^TR+~Eu{A_Y*R427Z{;h+qN#T6hV9cXF~WscmOJ~Jd+^IF!*<H"
        "?cGm3EFwI|+PpQy;=8F&~J&T_6Lv0q`zIOVq*TrrMxly&;)AR5j{w^{gx9T49x|wwFX{mhA#-IyJiZ)_e$Sa*8p;(*o&_8-zLOpmQYA>{ub?"
        "P#+AOAL<@`xoh^3PHpt|)!}W?&{B45HJ`?A(CzUMRuFrIWx)nute6!B097Fs_=6OXqCILN@zQTZZ}0R*L<9ErgZ~LWei!-&$NMY(vlIRD@;|"
        "};c>C$Q|10dzSN!A6=O60)^~(7j7hhiS52NqzKED3}|B!Fi"
    ),
    # TIFF, float
    (
        "c-r&y)MD^rWMF7uPzW$#_{L_}D4@u|!lLWQo#1pwU<1QH7J+UC7Qu-vDUFgEZa#vOThiEhnjIDvtPn9{<!^LJ2(*w%Gi2&Luz15vmM%}VCNB"
        "q}9Wgr?4H$eHggr!V8Cx>=9T5B>(#ERX=$Z2AmZ(rPUx&-0DKC!{+1jo?|GKEdMy)$x#*Jkgt7>OehRzSm5IvpicVB<QnK$L$I<L-GY`M3#A"
        "o|TF$$}+!R_^e)dTV(GLl}eTs(VJEdFvnOS!mB-%Aa~T_JC;4+11vu7m~k3%BuPMmR@=KQR+_Ee(Czf4>Buk_lYfTzk08@e0N&i--Qoe{HTh"
        "xby^zo<WXhC-gf)ci?>R?-Hq9v969Tp=jSW7y;2jsmbn(q&2yh0`|91}y?69`CkH&<>c6?_kNLaidnfJuwEw-{%<nwo>*{lV_--B4S1$T&>8"
        "ZuU#lXPG%m55Z1_2;uL}D{R*$P0+3}v$dF&mT(!h(z}V44Gn#gO!hL&cqdgbb4UU?`iJ0RjN3@|Pk"
    ),
    # ICO
    (
        "c-n>64|o!1o(J$r(r&9*X)10mf+hx{u0e<m^tml4sbKvRkZ7Q{TToCicFicM8Sh%5B`efMGfJw{KC6rihKaTWOBA}#s?!Z^Ms4CCsgAvFoz$"
        "S9{gW|?*Smf0>D}YKZE}x#_dIv=JUmYr^2>+s@BQ(<0fGvkLg?wIA#jyL3m$`@c|ZMBKKUHnUjyzf0MDNO`3?kr|K}GW2;8TpPdxtnx_=)k7"
        "`j``&y1Fp_m0Y|<D;6|&QW7MI%>0fM_tXXQE%(U(Ll$V(NK8lSiDC*mP%EOW(Ikq!`XtnW1~OU4;Aw--YF~Z&&jJ#+yM1AL4DR{Z_B!xx7_f"
        "yI)(!stA|737l-3L^RuaxB%2wWnjOwg%TCnObTNN4Q&xT>Bd>1HXli$7jP=os&3+`~YF?Z1w!WANbZpCn!nVP9&-B4m>ak2_P?8zW&K;brKU"
        "d7Z(_2>l*Is#bpjT5H=rz{INSpn5ud8`QueWu1Z=hpiZzyc-jrYt*rBeJ<W^jJ*a8{O@sE<aA`GI&@ITn{!--v5!ug8t`nYhiKh`X9qac}F~"
        "c%XwH4}}Hsc+ZA-DrN7<46gWaI9q$_LA^IrRvrj}`jDnJ9|HBAHv8F-t63fb^`St=FT$a4aVXwn52aGu!kNL<q2a6{JT?k}`nI-W{)s?Yc{C"
        "uez7){Z(g9=rzXxpgF9NRSl7P1r3Isal1VZ78{qY`cAeCAk$P79H!`Y1;llA{p%nx}%y;okH@M>yFud$x>*z6a)uI4JQw^if~bS(CU!m2mpJ"
        "uAGaRD(A&*!ae9c6%$R2jkHQ>W!|l^3^VRwaTTbt#KLaXSr;4xy#ku@A9^O=?Zjw><WcHa>aX2xKb(Hl^NXQ8qU7CeX_o>n7_hSR=(UOuP(D"
        "`YRhcKdT5i)F0{FtuiLz>KiC2t8Cxivw#9q8?WxoUw#*=EAI=`IPrQGfxtQ-VmX+I#@@l?OQ#-|Ite<VP*`GDKnm;yrThqos$9Kk1c-R>4L5"
        "-=@?~R#3!Z@6bteLFW74x@fK)ps@Jwv0ZouM(-mo2f`RT@|GM;dSIB~75?=F(93h9=$<Sei;5&}0TrXoj<=mQK9?nwnxhUtU%|OD?ar$u+e$"
        "xv_qk+-6@XcQt<?_qKM+10DP1p>T&R-g85qN)5|1gBRt)*;F-H|DWnBiuus|vT}YUs4vsh!eV3n@(P=MZH24(=v;5>`*Q;wzn>cl?=Oq@WXn"
        ">ik+RHSf7x)Bo-^SW7Z>x(_+{mle0lW>zNU5+-&ntiZ?iY@UCnRvy{+xj10BTlQ271n@t%v*Q>lUJnZexj;q0yHll2g&hsw&8ki1$0X=?Qls"
        "E2I!S0Pukx4_%FzaY>NE(nF=P`szNAeBlNWCm{*3}?p*#zq%R?h&;Q?-Nh|?|tH@D|#O)x^usT_vO7(!RI4FQF=@)InT+YXUCL^(|1+s*qBy"
        "F+%@QrjG9dc?^>+rJ%`gj2E*=g1lc*}_Q2yl|E7B=`rCULW*!gXhI<iW*?2Ve{Jlg{F;0?;#wkiXo~CDwGmK!IWv7kh@&)4@2aVqw|Ns0CfA"
        "UAPx)a|S^hZa`rjG9|*1ep=xn~51-{27B)e*O6>-RqYmJt+P&tX_S7sOX_5n?$Pjj8V@lFxD^x$rJUE#T7hoVyHD%(3hfTrOY4aa<8M;opx!"
        "MfdNN@bdXmLGLZ0=)$*R$-o_%wD-1B5zVXAT{*4p!<<1MxotMRecNK)op(6f^DykoA;{L8+tYZ<=Wo7+qMP#=wjvkAHMb)~T|OFHmQN(B@+4"
        "V#o1&_3r|EflhIum2vQRFUe<IIu({c~|JCpurz)xQnOTJ)b(tcK{I5wnGA07hz9|HM@%%=TAApdoT6T1$>ZPyXR$+|t(uYCT-uTa$f6^5;0g"
        "ZOGTLYUcTY~@fQSvf?K!Xb*9H<YI54l&GALo7R$&E<<(juWtx{RjTwU<r?=O9i*S5{kZM#FCp|$fW5jz-LtI16Q=VJy#9-1D~5sk!u!f*Hwq"
        "Ji-F;NR}sX1)$OUf;`6V#ilW9V7-naJ_$${UgyUK?R>vfgVumDn3`IT3r0MBb8D{P^maSxR`8n4(ZWi;vKQrl%d@dCI?Sfds4alTd`jv{qv`"
        "XzA(CS{J4f?iAX4CPs#TxH-I6u4u!v_Ws#Cpl?d11ikUqYj3-6afrg%0A#r3leXM`P>gL{dbPBt%mblupx6(hM^%&9bsfx%@nu<0|M!^MBb3"
        "@_!~2jrEEp_s`3u|4b<rXrD@r^l5e8PYwF^PtB$vWwE~hiNl%bgW-4k5agvkw@1_G^RN6AMPK?9!yHr)clAXG_xWh-Wh#*@rhrcYpGwoyD2A"
        "DJo@FI{x%{svj$1_ikNyMyvp)$%4Di`AVExa6{-0B+51!NNj-CVaM}qukKz`EUJbM;~51&Plb?4lk=g#^3FPuZs)#orwe>RA(I~yU^lc4`(A"
        "~}~N$r6&HL}Z$-AVL0fEL(LhmtRbBoPvDdcb+NXb)7C1L{17t!9R;79SNEA_(w_weOjgdYf`HlJY~>dN|;R-Pg$%NK5{reOTaLmM36P7-JXR"
        "BpMSw=6s=5PSjFieE<7C}N)pkSB#}rOk|b$OQdC1SP3w~kvns)|+C(nDG|6$Q<fHy!;I{$adrB<X{=Q85hi;`J8&#?Q7SrnPb{q7=C(WiS-4"
        "^TRlMZJl3d7-U1X&$*d&;|g{_<`VEsbFquRDlCu?PYFXl!P8BDp?BlDke)RC6p%J5Dl;DaNv^W4ZkD7{@J(Jv4uvAb(e>z#9>YUW<w)Uf|=$"
        "l?tXyr5@|j>V6;$`r8qZKVq>`T@EMH1;Zx@1bKmQd*%>6|Dp(rN+KBciwN)u;1ki<?9N2e)Jc-A2u1CTr0FdL$WO3rEs@KwA~?>_^-%svzYX"
        "|%f?`QKE|VU^LI01c)Y+q2-JPQb{m@afDSZ^=4?3JfK^X4F5o8JO_RPe6ehH4E<v4~-$AkEkV1(cWqcQOj(ElSOxe2GJEqI#Vh%<}<XW3Q3T"
        "z)OiaVC7iHv_-Dy@UrkD2N;piaIf|<h}R6`X2&5rcz%ysMYl!GUzYAV>aD-*JAzdki$8G!SKmL2=Z&p?Ros5&p+i5it-O)SUDEND-T78Sy(h"
        "S|4<^i`VdK)4pG#qLuq==A%@wAvFv6nm*0SK+{^Di@LMMRlkW&cr}l^?o$WGd&t9eCBC1jk?9=K#MS<ULHr?HCvHr(ihx2|r4F72#f-G)#d!"
        "TloA3{;|@pdqOXb`X37a_{qqp@G@OC*=IljMqaidurE>6Psa)7Z|k+uL*bE$tk)37z!K6ZsE&LH;(ODC!kU5^sU?#}9m;N`2X<)m_~U`oG(3"
        "`u;78_5N<)`(gMKAA(f)fbRpo4@HZ1V_302h|k&$d>`<A;QaHE<Psl6E%T-6Iv>Nlyqjg6zFhuyevX6vkNPO^+x}4~!hnyz4(4x{QgPG`&L6"
        "i{*X=Rrdpu^-sn;#mvmS>ty$j608_d7k?NPXWeuW!FmwGVlg<U~>xd)s-?r5yu4d%~HlD~0Nl+6w1-wpEbV%e>`a`|RA$06<qzO|)<*SMop;"
        "M^t@Szi-NtSvHW!%n55euqk3hiG*#?l9;zEoPJYRg1M|r^8v(0>efGL5LQ&=d%`{|I7{)J=KC?AMOa^-AIHu-V%+4kwh}sLXv-Ip{Ro`X&P-"
        "|n6@1(>)Vmbdk~J>g*@v27WgZH|Kh7+iRKlVRN16d%-gC`&xN(RSxpB0GuzCjLfB%3wmF>8Rv4~oLXb;a-Jbif&;Mf+ijKe-_H|PbzXnH$&$"
        "mWn7n>5vb4?_9x{0FVO=+5d83t=&*?n*>|5g*n?QVMDw^%{`#!`XC3H+^MNgePtjlgdN{${PN%4yKgbpqc3{6^q!hT-QnBgn^2x93ME@SQ07"
        "odd&YM-cDZ93e8!XzYSBkv!=n$rDbBN;=c@`wo!b!LqH+Tz;>U<Mulr%0KC^1iry4mb_$@Nms2`Dk|2i)U(!Wb&~Z4{hSSE(^DHP)+a0u=VM"
        "kF)>siFX?1(PxBC1eRus*y$FTJJAU<G;5Z5fxSid!q?6Q*N5i3O<x2EZ1R)*PcW!W}ME`QL%aqn3l_{)K>*Ms%92t`}XV#%hLWYRSaz&ESZy"
        "meaL)CPl|zt(J$m@U@1CWrHBGYsn*5TwWC_I%ag^V1C|dU+j&Wz9kS+lB~{H$`J~Ln7H}B1yD?qTX&u(}8si(`jPa6Aih1sDb0~h6lcE(%-f"
        "g?7uI9{l5;(-zue|RIgG)by^){FzBb$nN9Ny7VCml4rfUn46j^`AThn$Gg#;If1*dxOLZ9btv-nV>*@&cFLlw_)jBYLbtLJnqo~*QY5MIthB"
        ">Zh+4$;Q{zM(e5p@scUk>I^1M;sFieA-#{eQVk`Wu~6F--@2E%3Dl{j_CflW;l6zs%tj>0nr|Ly+TIx974J<kzC;H7$nabV2;yvIy~?x@hdW"
        "E|GjkOOiXa6!oSyO}A?qCa7cCu4TD=x0d5hY9ICWz+d^CP-F)FreA~ge;)K-rBeS=t<}v@8}t%2$p1XZzr^9JRKf6C6@qlC+@A9)pZ|gyMf="
        "rY{htrwSJe@MRe}Di63JsKlEhRLg{#waL=Ez*ST?54<xi_PE~%REp`ZFME8)$nDHTW-2}Pp67fVVMGU<G!QlYO=sb5xTb@k60^mR36)5^sbt"
        "40Yv|1~gdRv^e9YuuhQ3ZMUE4T^TvVA!!|gLqI8Ar96=V}v4+yj(+)*A*0XwI)r|H4M{V!?JyfT>dXL97onX>X!n43h<%DVhOZBCjC39Qn7K"
        "NO8wd*t!{gjLBDa4+0-DlSXV4^I8_T__~j}DIa1~J#HBv}i7FI5EXA;W(jflEq6o2LVKjzSC6ZrPk>rn3iW;v<(>W=_T$8fwfHapsU&V2KRg"
        "?XPK>tfX{&}SWNCNzY6aMV^N`-lzO5I$k)$NoR^jjn#zr<o)GSA`ERKoCvN(4Dr>GpI>eE!oC6pctQY>zmI@2ZRtZ&pTQM<t2mRS8LsNhs>y"
        "Bx(8^3CJ&I*_0%g@0V~~TKvG5P5M)S|Aa^^;fZ9@irJw5vsLPibF{iw<{0!F=9o=}IUv8t;anwx;Y}h0*)MW?Iz>MJ2eVN$JR8Ff%nssj3nN"
        "6k2=rf+NYWybyd|QjZ$xSOrifuKi&(Z_n9F}I<Tyq+*?-`d0Dsyvu>L}!NIVm)e+gLs8Ni>ZQm=bPt6L>7=+``BHaUK2u{s0}=ReGZ;Vm-|W"
        "Us*OIXJ`TZxf(s;28`H&kW*(AVM4wL}MprB$5LHlDsy9q6P$M`tl5hxhY`T+k#yFYXQey7d-HxNq^B4p=jX~Vo3#0CS5#5snAVRsaNo{I?Yo"
        "C{mLn3)9-i|>$a&5r-KK>O;ZuXH_h$Y%k%lYQ&Dv9R17=L3*zyq5rW`FV=-PLNlhckfvFVL%S+P(QyJzCk7dVrx%@Xgj?3{L$`670gGvQL2;"
        "_&v64~S6{DG7T&0{LHwg}`eGU(S9nN1rCE!M_DhjVKo4DTpJkT(k5p0^4>{vs4TSb$-FEDGYsiz37ah0)mQ!bI}pLXtdRNKyTTY5Gbb!+c%H"
        "vUdt|`4R91bhPOI@SzD`1pyz@>I{%UZ-&e!3k3QPIh@-e7)Brjc^z_le2~w70Q>{=E`(u+p&)(?iV)pUH1-h$&OeAG`@k2F%TSvB0%Dl!5X;"
        "_za{0Ru$Nd1^8~-nhPen!"
    ),
    # JPEG 2000
    (
        "c-muNVBpCLP*C9IYUg5LU=T?wsVvAUFj4@r8KAT-kj?<oVwo8!ML=2rjG5WlL24NIlk;<m7{N@C#5$nj<p2Kv0~z$;Vgd{ZfXZiPXJmw+|3M"
        "5qKmkSu78Vu;#{V%40uBxy9szLlKZQY+fzi1rHL)Z$MIotD!M`9i&nv*yU7;+ss5mn}Pr*pfRL|u91O_g!$yz`|CO0%RoZrL262JT&3rqaO?"
        "~M$c^BZ8`|4jh+C^c;"
    ),
    # JPEG XL
    (
        "c-jGM0F(d!3PV672m}EDgaJz^HOAid!>VwY6%-Vd92AU<=#I27BF13J$QX<e_b|rbA&epFiy33Q7;_;45CBAc$QKL-09Zc&0P-"
        "*31Ygl8Nv(Is|Bn0r?h_wi@&i2n0|2KV006=tpo8uJ6b=pQVk!9"
    ),
    # JPEG XL, lossy
    (
        "c-"
        "jGF0Gj{*3PT0~cmZ>25deS+l~KkGUe5J=`JuyN+QxN;w%WF^gt6IP7$hW#ML>6hI6#n)9%`Ps{D?$m{=G)CZ>=$eB%qQ+GM@fq?{41~ijdwu|9<8^o"
        "8GH51rq>3&y_amo=jE&ZPqYS"
    ),
    # JPEG XL, 16 bits and alpha, in a container
    (
        "c-"
        "muNVBqnJ@KNC9YUg5LU=T?wsVvB<$WZ{Y8K5*Lkj?>0GD!g$$^W^WKPdlTT#zBiAt1oO!QpM;P<mR2oxkq?fg;U?8zuw<+*rKeL5EpaLdueaBY%^4u"
        "1%l0K9A?%MX@BFyhI+co}Qkho{oc)CK^UCc*`aiG$!|y^;|T3k+;%PIKG2{h2f##hslgA3LpOWGca)|G%)P92UARs>w#3m|NYm+I9Qk(d$&0#2ylcv"
        "U}b7_SimF1qoK{Nb%L$Yq0&2{K}nLsXDS<8<E+gN2V6G%uRkZt#$#}RfjO!kOz~X!ZwR6c0{$y5Y-"
        "!;TRC4JMP;`PbguH(I*I(Eo<i+s=Ol3fnd1@#oC?P4MIwM;Y%3S#Ge`D5nW_CWAf-?Jp2L~F@{sM6%e%KW-Bnmq)HZsL9Dsp-"
        "NX*Wj4hZ}_*8zbZ$85c&fu_!bgm?{qmF6aGViX-K(QUe1LXqd>Y$a;YP-4!sefRW)s?q?=2dylm`2eQJeZHx@W008y&pdt"
    ),
    # JPEG XL, floats
    (
        "c-muNVBqnJ@KNC9YUg5LU=T?wsVvB<$WZ{Y8K5*Lkj?>0GPeR5$^W^WPcVw;GI6jlGVI~?ws5*>wwKZ5b)%x<!h+xbMMb6<aWlHU;Y#L-"
        "lWm@w)YH+G*s?|`+K{bZGWbl7;jxN}Pe&!*SOQrR#~wKF@Ew0p&@<8S*f9yo<P;vhV-KACm~B`bW-AK_Y~T+CTF$}IQ2*aio{337prN5*z4e#R92^P"
        "?58n1QFfcKJm<s>98W;ow3OG49I1=V@aj>v3F)=naFeor^FfcV7$WeeWfJP}O9Jrza)F2?h0an$}a7Y9y38oYjHe7La00D@a8`D`>7#JNG1Q=kH&g_"
        "Hx{oyJKZ1_0PRUDe7sNeuqk+4({Y!j-"
        "AN7V=w4>pQoQPDITrsBXW6R2xZRV<mcaK1XwCk^>p2;V?`?66c6%;4Y<0D=Y&QK&p4+yn;?2{40&1sG%;JsId>2BJ=cGctifm<0&-"
        "n6X0S9gy9Sk_lokGBN={$a1K>0&;i?8Uh&&4L~)Fj6ESxc>#n842(sAK!$@u0~j#GML`1|ZbActgCUTi01b`@_QsgOF^3Px0J`s6r8qE-"
        "frkATd~lzig=NlNpvAx-oWXqIJUb&}<^!PHSXhA8$a@0az{J#d*U<r};eftqbG<yjzy*tKC)V6pz1V8gte3x@#mr{RtJ+?9FRgO6{F`UFv$kt)RKKm"
        "is#E6m@1R?MGxplDe%bbKq3jx8U02_^`%GPJ-S@g(b=#}A^@8GtN9$sDJD8TfbUJ)aHAqu2>XF&vFH?3Dm0t~=cgiloKT<-"
        "hPQZIR*B3>TC$`~R>>8eA-Du}%DwFM-U3_i9y3^c$UPsT$6v+${UYEg<HEp%woXidF-}@#9+ufFs0szdb^N;"
    ),
    # JPEG XL, animated
    (
        "c-jHj04M+d3PS`<03ap^1OWhq0ZS+~#@_bBs&JSU6cm&k6pW1Mj<hf$#$d_F7>p42Fvj2^j3Mfa8DqQ{b0Go{07QJq7YqgfSU&&&@-N^7U(qN@t#`-"
        "&j{E=a6CYsm13dl%0H+@S0Ky-jgYEzn4h;wd1ptfzODH$iAG}vkFvZA-"
        "RZ<Kd6oWA_WAHpQEmRC16eD6#_(B9A0El?wDh*Km4*&oNJ_8&EPt%Baj{Dezu{J05<)3HZdH#9+`Qmx#c^x1S7zD5pIB<kP9{@1^0{~!aiP!+M4p96"
    ),
    # JPEG XL, made of a JPEG
    (
        "c-jHt0v-JT000b1SWF-d3Wo{+000zbba`-Ucx)g50001Lcx)g5000qccx-S0000303PV670005tYGQI^z-"
        "<Evf*`aE2!K$dK*&`k001E5sBFPdoc|L<#t3DcQwrLTkRi-"
        "c2N`CdbcY(O4;fBAX22l_6&5*Y*n#b%hW`DLWez*;Kts{}FUB}yl1n!EWRz2$ndX{pz8UA7g&vydqK!Tp>7=Een(C^pz8dSS#U7jNvduml?X=~do9?"
        ">pz8mkn1s|O7!VNzh@x&vSd~(VwxBPO<GY?(#(Md1e^wUvKJ$Bh=r@eODZ^u3N;DsNa_~MN}9{J>>mwtNctGE7o?6U_yeDTL8zkKu0M?Zb|<ClMa`s"
        "=s<e*E+QS1?so0stW7sBFPdoc|X@LMfxHQ;NiRK*(m)Aj70O&`>?taPA?;3@FG44LRtr0~?DhbJXwlVaE-v=#M-z_$0&oUyO0aC7XOQ$|=)av&}c-"
        "oU_nF6J4~?M<boI)KgPkwbfT+owe9wlU=siXQQ3A+;h`ix7~N+op<1Z4^DXDh98c2;*m=}IpvjGemUluhc5c)q?c~`>8Ph3yX>>mUc2qL<DPr)!Vgb"
        ";@x~vIeDcvtKRxx;TYo+F*@rLw_~e&w{`u&qAHV$b(_g>+_v4@czrYUwR2BdW2!P-"
        "K5K2Z#MgRc;000310RR940002dYItmLfB*mi;9CL^0Qdq9ZVYS=ZvOuc000;O2mk>900000fPf{5gowMj9s&SmvKIFa6bds^P?(N$V;LDEV~mQCWV-"
        "za03L@TDB1*hfVG7HoB(28vljp=fJa3YVkVOy5M@Z%p{l?MRZtHI5ne|Q(ee%4**dz!B5<1X%pj$F1Q|5{yC>+9WGU>1FiHqgR~4Z51MH3<yc+@l00"
        "000P?AVW=!KWx2LLGD*8L16AorKoa5;DNB@R#bGn9aIKSK#f_cN4$01<IdHU"
    ),
)

SAMPLES: tuple[bytes, ...] = tuple(zlib.decompress(base64.b85decode(packed)) for packed in _PACKED)
"""The pictures' bytes, each in another format or mode."""

QUICK: tuple[bytes, ...] = tuple(SAMPLES[number] for number in (0, 1, 2, 4, 9, 10, 12, 15, 16, 23, 24))
"""The known pictures that take a worker the least time: workers are proven by them."""
