//! Which paths are of one route, and what of them identifies.

use super::*;

fn same(one: &str, other: &str) -> bool {
    let shape = |path: &str| (route(path.as_bytes()).key, route(path.as_bytes()).head);
    shape(one) == shape(other)
}

#[test]
fn drawn_letters_and_digits_are_identifiers_and_names_with_numbers_are_not() {
    assert!(same("/watch/dQw4w9WgXcQ", "/watch/9bZkp7q19f0"));
    assert!(same("/r/k3j9x2m4", "/r/7f3k9q2z"));
    for token in ["h7q2kd93mzp4xv", "hhkdqm93mzpaxv", "bcdfghkmnpqrst", "a2b2c2d2e2f2g2"] {
        assert!(same("/v1/vehicles/trk_8x2kd93mzp4xvq/position", &format!("/v1/vehicles/trk_{token}/position")));
    }
    for name in ["v1alpha1", "oauth2v1", "app_version2", "sec_background1", "my_translations", "iPhone15", "h264x265"] {
        assert!(!same(&format!("/api/{name}"), "/api/k3j9x2m4"), "{name}");
    }
}

#[test]
fn identifiers_are_set_aside() {
    assert!(same("/api/orders/500401", "/api/orders/7"));
    assert!(same("/products/1107-starter-natural", "/products/1030-frozen-family"));
    assert!(same("/assets/app.dd192a99.js", "/assets/app.0c33a1f0.js"));
    assert!(same(
        "/users/3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c/avatar",
        "/users/aa2b8c1e-1d4a-4c55-9a1b-2f6d7e8a9b0c/avatar"
    ));
    assert!(same("/s/fk3Zp0Qx9LmT2vB8", "/s/9LmT2vB8fk3Zp0Qx"));
    assert!(same("/a//b", "/a/b;jsessionid=1"));
}

#[test]
fn letters_that_change_all_the_time_are_a_token_and_names_are_none() {
    assert!(same("/s/fkZPQxLmTVBaRcGDHjWs", "/s/LmTVBaRcGDHjWsfkZPQx"));
    assert!(route(b"/s/fkZPQxLmTVBaRcGDHjWs").object.is_some());
    assert!(!same("/s/getMyOrdersByIdApi", "/s/getMyTicketsByIdApi"));
    assert!(!same("/s/getUserAccountDetails", "/s/setUserAccountDetails"));
    assert!(!same("/blog/how-to-cook-salmon-fillets", "/blog/how-to-cook-turkey-fillets"));
    assert!(!same("/%E6%B3%A8%E6%96%87%E5%B1%A5", "/%E5%95%86%E5%93%81%E5%93%81"));
}

#[test]
fn words_are_kept() {
    assert!(!same("/api/orders/1", "/api/users/1"));
    assert!(!same("/blog/kitten", "/blog/puppy"));
    assert!(!same("/a", "/a/"));
    assert!(!same("/fonts/inter-400.woff2", "/fonts/noto-400.woff2"));
    assert!(!same("/", "/a"));
}

#[test]
fn digits_and_semicolons_are_seen_eight_at_a_time() {
    for byte in 0..=255 {
        let word = u64::from_le_bytes([b'a', b'/', byte, b'Z', 0, 0, b'~', b'.']);
        let want = matches!(byte, b'0'..=b'9' | b';');
        assert!(has_digit_or_semicolon(word) == want || byte == b':', "{byte}");
    }
}

#[test]
fn a_segment_that_only_seems_to_hold_digits_is_a_word() {
    assert!(same("/a:b/c", "/a:b/c"));
    assert!(!same("/a:b", "/a:c"));
    assert!(same("/a:b;x=1", "/a:b"));
}

#[test]
fn a_month_is_nobodys_record_and_a_drawn_name_is() {
    let object = |path: &str| route(path.as_bytes()).object;
    let account = Some(Object::of_number(4_711));
    for path in ["/auszug/4711/2026-02.pdf", "/auszug/4711/2026/02.pdf", "/auszug/4711/2026-02-17", "/k/4711/2026"] {
        assert_eq!(object(path), account, "{path}");
    }
    assert_eq!(object("/v/4711/20260217"), Some(Object::of_number(20_260_217)));
    assert_eq!(object("/2026/02"), Some(Object::of_number(2_026)), "there is nothing else");
    let drawn =
        ["/exports/3fa85f645717456288ad0e2b1c9d7f60.csv", "/certificates/AN-0B3F2A1C.pdf", "/verify/AN-0B3F2A1C"];
    assert!(drawn.iter().all(|path| object(path).is_some()));
    assert!(object("/p/3fa85f645717456288ad.jpg").is_some() && object("/p/logo-3fa85f64.jpg").is_none());
    assert!(object("/s/app-3fa85f64.js").is_none() && object("/r/report-20260217.pdf").is_none());
}

#[test]
fn a_reference_is_an_object_and_what_a_page_shows_is_none() {
    let object = |path: &str| route(path.as_bytes()).object;
    assert_eq!(object("/v1/devices/WH0240003612/config"), Some(Object::of_number(240_003_612)));
    assert_eq!(object("/rechnungen/RE104672.pdf"), Some(Object::of_number(104_672)));
    for path in ["/i/IMG20240101.jpg", "/v/seg00012.ts", "/js/app12345.js", "/t/ticket12345", "/t/ab1234"] {
        assert_eq!(object(path), None, "{path}");
    }
}

#[test]
fn the_last_identifier_is_the_object() {
    let object = |path: &str| route(path.as_bytes()).object;
    let number = |number| Some(Object::of_number(number));
    assert_eq!(object("/api/v1/orders/500401"), number(500_401));
    assert_eq!(object("/users/7/orders/12/"), number(12));
    assert_eq!(object("/products/1107-starter"), number(1107));
    assert_eq!(object("/photos/28237.jpg"), number(28_237));
    assert_eq!(object("/invoices/INV-2024-0017"), number(17));
    assert_eq!(object("/cases/2026-047301"), number(2_026_047_301));
    assert_eq!(object("/cases/2026-047301/letters"), number(2_026_047_301));
    assert_eq!(object("/cases/2026_047302.pdf"), number(2_026_047_302));
    assert_eq!(object("/archive/2026-05"), number(2026), "a month");
    assert_eq!(Object::of_number(12).number(), Some(12));
    let token = object("/pets/3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c");
    assert!(token.is_some_and(|token| token.number().is_none()));
    for path in ["/", "/api/v1/me", "/assets/app.dd192a99.js", "/fonts/700.woff2", "/blog/kitten"] {
        assert_eq!(object(path), None, "{path}");
    }
}

#[test]
fn a_place_in_what_is_identified_is_a_part_of_it() {
    let object = |path: &str| route(path.as_bytes()).object;
    let number = |number| Some(Object::of_number(number));
    for path in ["/cases/2026/004711/papers/1", "/cases/2026/004711/papers/3.pdf", "/threads/4711-rain/2"] {
        assert_eq!(object(path), number(4_711), "{path}");
    }
    assert_eq!(object("/users/7/orders/1"), number(1), "as much a place as what is before it");
    assert_eq!(object("/users/4711/orders/12"), number(12));
    assert_eq!(object("/orders/5"), number(5));
    let drawn = object("/albums/k3j9x2m4/1");
    assert_eq!(drawn, object("/albums/k3j9x2m4"));
}

#[test]
fn a_code_to_read_out_is_an_identifier_and_a_standard_is_none() {
    assert!(same("/bookings/BK-7K3Q9ZX/ticket", "/bookings/BK-QQ41TRM/ticket"));
    assert!(route(b"/bookings/BK-7K3Q9ZX/ticket").object.is_some());
    for path in ["/docs/UTF-8", "/docs/README-FIRST", "/docs/top-10things", "/docs/EN-US"] {
        assert_eq!(route(path.as_bytes()).object, None, "{path}");
        assert!(!same(path, "/docs/BK-7K3Q9ZX"), "{path}");
    }
}

#[test]
fn what_is_asked_by_name_of_one_path_is_a_route_each() {
    let of = |query: &str| route_of(&Target::new(format!("/graphql?{query}").as_bytes()));
    let account = "operationName=Account&variables=%7B%22id%22%3A%22k3j9x2m4%22%7D";
    assert_eq!(of(account).key, of(&account.replace("k3j9x2m4", "7f3k9q2z")).key);
    assert_ne!(of(account).object, of(&account.replace("k3j9x2m4", "7f3k9q2z")).object);
    assert_ne!(of(account).key, of(&account.replace("Account", "Comments")).key);
    assert_eq!(of("query=%7Bme%7D").key, route(b"/graphql").key);
}

#[test]
fn a_route_can_be_read() {
    let check = |path: &str, want: &str| assert_eq!(String::from_utf8(spelt(path.as_bytes())).unwrap(), want);
    check("/api/v2/orders/500401", "/api/v#/orders/*");
    check("/products/1107-starter-natural/", "/products/*/");
    check("//a;jsessionid=1", "/a");
    check("/assets/app.dd192a99.js", "/assets/app.#.js");
    check("/", "/");
    check(&"/a".repeat(SEGMENTS_MAX + 3), &format!("{}/...", "/a".repeat(SEGMENTS_MAX)));
}

#[test]
fn depth_is_bounded() {
    assert!(same(&"/a".repeat(SEGMENTS_MAX + 1), &"/a".repeat(SEGMENTS_MAX + 9)));
}
