//! Layers of encoding, undone, and what is none.

use super::*;

/// Whether one reading of the value is that text, and by which trail.
fn trail(value: &[u8], want: &[u8]) -> Option<Vec<Layer>> {
    readings(value).into_iter().find(|reading| reading.text == want).map(|reading| reading.trail)
}

#[test]
fn layers_are_undone_one_by_one() {
    assert_eq!(trail(b"a", b"a"), Some(vec![]));
    assert_eq!(trail(b"%2e%2E%2f", b"../"), Some(vec![Layer::Percent]));
    assert_eq!(trail(b"%25252e", b"."), Some(vec![Layer::Percent; 3]));
    assert_eq!(trail(b"%u002e%u002f", b"./"), Some(vec![Layer::Percent]));
    assert_eq!(trail(b"&#x2f;&sol;&#46;", b"//."), Some(vec![Layer::Entity]));
    assert_eq!(trail(br"\u002f\x2e\/", b"/./"), Some(vec![Layer::Escape]));
    assert_eq!(trail("①②⑦。⓪".as_bytes(), b"127.0"), Some(vec![Layer::Unicode]));
    assert_eq!(trail(b"aHR0cDovLzEuMi4zLjQv", b"http://1.2.3.4/"), Some(vec![Layer::Base64]));
    assert_eq!(trail(b"687474703a2f2f312e322e332e342f", b"http://1.2.3.4/"), Some(vec![Layer::Hex]));
}

#[test]
fn layers_mix() {
    assert_eq!(trail(b"aHR0cDovLzEuMi4zLjQv%3D", b"http://1.2.3.4/"), Some(vec![Layer::Base64]));
    assert_eq!(trail(b"YSUyZmIlMmZjJTJmZA", b"a/b/c/d"), Some(vec![Layer::Base64, Layer::Percent]));
    assert_eq!(trail(b"%61HR0cDovLzEuMi4zLjQv", b"http://1.2.3.4/"), Some(vec![Layer::Percent, Layer::Base64]));
}

#[test]
fn overlong_utf8_is_read_as_lax_decoders_read_it() {
    assert_eq!(trail(b"%c0%ae%c0%af", b"./"), Some(vec![Layer::Percent]));
    assert_eq!(trail(b"%e0%80%ae", b"."), Some(vec![Layer::Percent]));
    assert_eq!(trail(b"%25C0%25AE", b"."), Some(vec![Layer::Percent, Layer::Percent]));
    assert_eq!(trail("%C3%A9".as_bytes(), "é".as_bytes()), Some(vec![Layer::Percent]));
}

#[test]
fn every_letter_is_read_in_every_overlong_form_and_nothing_else_is() {
    for letter in 0..0x80_u8 {
        let (high, low) = (letter >> 6, letter & 0x3F);
        let forms = [
            vec![0xC0 | high, 0x80 | low],
            vec![0xE0, 0x80 | high, 0x80 | low],
            vec![0xF0, 0x80, 0x80 | high, 0x80 | low],
        ];
        for form in forms {
            assert_eq!(fold_overlong(form.clone()), [letter], "{form:x?}");
        }
    }
    assert_eq!(fold_overlong(b"\xc0\x2f\xc1\x21".to_vec()), b"/a", "without the high bit");
    for other in [
        &b"\xc0\x41"[..],
        b"\xc1\x1f",
        b"\xe0\x80\x41",
        b"\xe0\xa4\x85",
        b"\xf0\x80\x80\x41",
        b"\xf0\x9f\x98\x80",
        b"\xc0",
    ] {
        assert_eq!(fold_overlong(other.to_vec()), other, "{other:x?}");
    }
}

#[test]
fn references_that_spell_a_url_or_a_path_have_names() {
    let names = b"&amp;&lt;&gt;&quot;&apos;&sol;&bsol;&period;&colon;";
    assert_eq!(entities(names).as_deref(), Some(&br#"&<>"'/\.:"#[..]));
    assert_eq!(entities(b"&nbsp;&;&#;&#x;&#xzz;&amp &#1114112;"), None);
    assert_eq!(escapes(br"\u00zz\x4\n\ud800"), None);
}

#[test]
fn letters_that_are_held_equal_to_plain_ones_are_read_where_that_tells_more() {
    assert_eq!(trail("a\u{2044}b\u{2215}c\u{2216}".as_bytes(), br"a/b/c\"), Some(vec![Layer::Unicode]));
    assert_eq!(trail("\u{200b}ｆ。\u{ad}".as_bytes(), b"f."), Some(vec![Layer::Unicode]));
    for text in ["e\u{301}", "ｱ", "é", "\u{200b}ア"] {
        assert_eq!(compatible(text.as_bytes()), None, "{text}: no letter more is plain");
    }
}

#[test]
fn whether_there_is_percent_encoding_is_what_undoing_it_says() {
    let mut texts: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..7 {
        let longer = |text: &Vec<u8>| b"%u4z".iter().map(|byte| [&text[..], &[*byte]].concat()).collect::<Vec<_>>();
        texts = texts.iter().flat_map(longer).collect();
        for text in &texts {
            assert_eq!(has_percent(text), percent(text).is_some(), "{}", text.escape_ascii());
        }
    }
    assert_eq!(percent(b"%u00zz%4"), None);
    assert_eq!(percent(b"%7e%U007E%ud800").as_deref(), Some("~~\u{fffd}".as_bytes()));
}

#[test]
fn base64_is_read_from_behind_what_divides_and_as_far_as_it_is_printable() {
    let url = b"http://1.2.3.4/";
    assert_eq!(base64_texts(b"x/aHR0cDovLzEuMi4zLjQv"), [url]);
    assert_eq!(trail(b"x/aHR0cDovLzEuMi4zLjQv", url), Some(vec![Layer::Base64]));
    assert_eq!(trail(b"=%=aHR0cDovLzEuMi4zLjQv", url), Some(vec![Layer::Base64]));
    assert_eq!(base64_text(b"aHR0cDovLzEuMi4zLjQvYWI").as_deref(), Some(&b"http://1.2.3.4/ab"[..]));
    assert_eq!(base64_text(b"aHR0cDovL8OpLmV4YW1wbGUv").as_deref(), Some("http://é.example/".as_bytes()));
    assert_eq!(readings(b"x%YSUyZmIlMmZjJTJmZA").len(), 1, "behind a percent sign");
    assert_eq!(sextet(b'.'), None);
}

#[test]
fn what_begins_as_an_encoding_spells_what_can_be_printed() {
    assert!(begins_as_base64(b"QUJDREVGR0hJ") && begins_as_base64(b"aHR0cDovL8Op"));
    assert!(!begins_as_base64(b"aaaaaaaaaaaa") && !begins_as_base64(b"QUJDREVGR0h"));
    for place in 0..12 {
        let mut head = *b"QUJDREVGR0hJ";
        head[place] = b'=';
        assert!(!begins_as_base64(&head), "{place}");
    }
    let digits = b"687474703a2f2f31";
    assert!(begins_as_hex(digits) && !begins_as_hex(&digits[1..]) && !begins_as_hex(b"687474703a2f2f3g"));
    assert!(!begins_as_hex(b"687474703a2f2f07") && begins_as_hex(b"687474703A2F2F7E0"));
    assert_eq!(hex_text(digits).as_deref(), Some(&b"http://1"[..]));
    assert_eq!((hex_text(&digits[2..]), hex_text(b"687474703a2f2f3g")), (None, None));
    assert_eq!(trail(b"0x687474703a2f2f31", b"http://1"), Some(vec![Layer::Hex]));
}

#[test]
fn layers_have_names_of_their_own() {
    let layers = [Layer::Percent, Layer::Entity, Layer::Escape, Layer::Base64, Layer::Hex, Layer::Unicode];
    assert_eq!(layers.map(Layer::name), ["percent", "entity", "escape", "base64", "hex", "unicode"]);
}

#[test]
fn what_is_no_encoding_stays() {
    assert_eq!(readings(b"100%").len(), 1);
    assert_eq!(readings(b"%zz%4").len(), 1);
    assert_eq!(readings(b"productModel200x200").len(), 1, "letters that happen to be base64 digits");
    assert_eq!(readings("検索".as_bytes()).len(), 1, "text that has no plain form");
}

#[test]
fn runs_are_whole_and_long_enough() {
    let check = |text: &'static [u8], want: &[&[u8]]| {
        let found: Vec<&[u8]> = runs(text, &DIGITS, &DIGITS, 3).collect();
        assert_eq!(found, want, "{}", text.escape_ascii());
    };
    check(b"", &[]);
    check(b"12", &[]);
    check(b"123", &[b"123"]);
    check(b"12a345b6789", &[b"345", b"6789"]);
    check(b"a12%345-678%9", &[b"678"]);
    check(b"1a2a3a4567a89", &[b"4567"]);
}

#[test]
fn a_run_reaches_to_both_sides_of_the_digits_in_it() {
    let check = |text: &'static [u8], want: &[&[u8]]| {
        let found: Vec<&[u8]> = runs(text, &DIGITS, &LETTERS_AND_DIGITS, 3).collect();
        assert_eq!(found, want, "{}", text.escape_ascii());
    };
    check(b"ab12cd", &[]);
    check(b"-ab123cd-", &[b"ab123cd"]);
    check(b"x1y2z345-6", &[b"x1y2z345"]);
    check(b"a123b456c", &[b"a123b456c"]);
    check(b"123-a456 7b890", &[b"123", b"a456", b"7b890"]);
    check(b"%a123-b456", &[b"b456"]);
}

#[test]
fn what_stands_in_a_text_is_known_by_its_bytes() {
    for asked in ASKED {
        assert!(Held::of(&[b'a', asked]).has(asked) && !Held::of(b"a/b=c").has(asked), "{}", asked.escape_ascii());
    }
    assert!(Held::of(b"a%~\x7F").is_ascii() && !Held::of("é.".as_bytes()).is_ascii());
    assert!(Held::of("é.".as_bytes()).has(b'.') && !Held::of(b"").has(b'.'));
}

static DIGITS: Bytes = Bytes::of(b"0123456789");

#[test]
fn a_bomb_of_layers_ends() {
    let bomb = format!("%{}41", "25".repeat(2000));
    let deep = readings(bomb.as_bytes());
    assert_eq!((deep.len(), deep[LAYERS_MAX].trail.len()), (LAYERS_MAX + 1, LAYERS_MAX));
    let hex = |text: String| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let many: Vec<u8> = (0..500).flat_map(|n: u32| format!("{}.", hex(format!("host-{n:04}"))).into_bytes()).collect();
    assert_eq!(readings(&many).len(), READINGS_MAX);
}
