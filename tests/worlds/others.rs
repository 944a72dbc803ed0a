//! Six services more, of which the last three were set aside: nothing in the detector was fitted to them.
//!
//! They differ from the first five where a detector may have learnt too much: identifiers in parameters, in letters and
//! in the middle of paths, lists by pages, programs as the only users, an application for phones and no pages at all.
//! Each has innocents that look like a theft from one side, which are told in the functions below.

use super::services::{Site, desk, numbers, owners, sync, tools};
use super::traffic::{Caller, DAY, DAYS, World};

/// Identifiers of letters and digits, as those of links that are passed on.
pub(super) fn tokens(world: &mut World, count: usize, length: usize) -> Vec<String> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut token = || (0..length).map(|_| char::from(*world.dice.pick(LETTERS))).collect();
    (0..count).map(|_| token()).collect()
}

/// Users who turn the pages of their own lists: one or two, and some eight.
fn leaf(world: &mut World, site: &Site, count: usize) {
    for user in 0..count {
        let (mut caller, mut seconds) = (world.person(), world.when());
        if let Some(app) = site.app {
            caller.agent = app.to_owned();
        }
        world.page(seconds, &caller, site.page);
        world.get(seconds + 1, &caller, "/api/session", 412);
        world.get(seconds + 1, &caller, "/api/notifications", 20);
        let last = if user % 40 == 0 { 9 } else { world.between(1, 4) };
        for page in 1..=last {
            seconds += world.between(3, 40);
            turn(world, site, &caller, seconds, page);
        }
    }
}

fn turn(world: &mut World, site: &Site, caller: &Caller, seconds: u64, page: u64) {
    let (low, high) = site.record_bytes;
    let bytes = world.size((low * 5, high * 9));
    world.get(seconds, caller, &site.list.unwrap_or_default().replace("{}", &page.to_string()), bytes);
}

/// What looks like a theft from one side and is none.
fn twins(world: &mut World, site: &Site) {
    let record = site.record.unwrap_or_default();
    // Links in mails: many agents, one record each, and nothing around it.
    for _ in 0..90 {
        let (caller, seconds) = (world.person(), world.when());
        let (object, bytes) = (world.dice.pick(&site.known).clone(), world.size(site.record_bytes));
        world.get(seconds, &caller, &record.replace("{}", &object), bytes);
    }
    // A check of the build, that asks for the same five every hour.
    let check = world.program("ci-smoke/1.2");
    let five = site.known[..5].to_vec();
    for hour in 0..DAYS * 24 {
        for object in &five {
            world.get(hour * 3_600 + 300, &check, &record.replace("{}", object), 1_900);
        }
    }
    // Somebody whose own picture lies on a host that nobody else names: one picture, of one size.
    let mut own = world.person();
    own.referer = format!("https://www.service.example{}", site.page);
    for day in 0..9 {
        let seconds = day * DAY + 40_000;
        world.page(seconds, &own, site.page);
        world.get(seconds + 3, &own, &site.fetch.replace("{}", "https%3A%2F%2Fme.home.example%2Fface.png"), 1_322);
    }
    // Somebody whose templates are empty: answers that are small, and all the same.
    let empty = world.person();
    for day in 2..8 {
        world.page(day * DAY + 50_000, &empty, site.page);
        world.put(day * DAY + 50_020, &empty, "POST", site.blind, 200, 1_019, None);
    }
    // A page kept by browsers: after a day it is not asked for any more, whoever comes.
    for _ in 0..40 {
        let (caller, seconds) = (world.person(), world.when());
        let own: Vec<String> = (0..2).map(|_| world.dice.pick(&site.known).clone()).collect();
        world.get(seconds, &caller, "/api/session", 412);
        world.get(seconds, &caller, "/api/notifications", 2);
        world.get(seconds, &caller, "/.well-known/change-password", 0);
        for object in own {
            let bytes = world.size(site.record_bytes);
            world.get(seconds + 2, &caller, &record.replace("{}", &object), bytes);
        }
    }
    // The support desk turns pages too, and an export of a partner who names itself takes all of them every night.
    if site.list.is_some() {
        let clerk = world.person();
        for day in 0..DAYS {
            let morning = day * DAY + 31_000;
            for (turn, path) in [site.page, "/api/session", "/admin/reports", "/admin/queue"].into_iter().enumerate() {
                world.get(morning + turn as u64, &clerk, path, 9_000);
            }
            let last = world.between(4, 14);
            (1..=last).for_each(|page| turn(world, site, &clerk, morning + page * 50, page));
        }
        let export = world.program("research-export/0.9 (+data@institute.example)");
        for day in 0..DAYS {
            (1..=60).for_each(|page| turn(world, site, &export, day * DAY + 8_000 + page * 4, page));
        }
    }
}

/// Documents of tenants, taken by the tenants' own programs.
pub(super) fn belege(world: &mut World) -> Site {
    let site = Site {
        page: "/mandant/uebersicht",
        app: None,
        record: Some("/api/v3/mandanten/rechnungen/{}/pdf"),
        record_bytes: (18_000, 90_000),
        list: Some("/api/v3/mandanten/rechnungen?seite={}&anzahl=50"),
        known: numbers(world, 7_000, 2_024_000_000, 2_024_006_000),
        fetch: "/api/v3/logo?quelle={}",
        fetch_bytes: (9_000, 70_000),
        blind: "/api/v3/webhook/probe",
        blind_bytes: (30, 140),
        download: "/api/v3/export?datei={}",
    };
    owners(world, &site, 450, 4);
    leaf(world, &site, 160);
    desk(world, &site, "/intern/belege");
    // Each tenant's program has a name of its own, and takes what was new since yesterday.
    for tenant in 0..6 {
        let program = world.program(&format!("tenant{tenant}-erp/{}.{}", 1 + tenant % 3, tenant));
        for day in 0..DAYS {
            sync(world, &site, &program, day * DAY + 4_000 + tenant * 600, 20);
        }
    }
    tools(world, &site, &["cdn.belege.example", "logos.belege.example"], 240);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}

/// A shop in Portuguese whose orders stand in a parameter.
pub(super) fn loja(world: &mut World) -> Site {
    let site = Site {
        page: "/minha-conta",
        app: None,
        record: Some("/conta/pedido?id={}&aba=detalhe"),
        record_bytes: (3_000, 14_000),
        list: Some("/conta/pedidos?pagina={}"),
        known: numbers(world, 8_000, 310_000, 316_000),
        fetch: "/imagem?origem={}&l=300",
        fetch_bytes: (5_000, 90_000),
        blind: "/etiqueta/gerar",
        blind_bytes: (30_000, 60_000),
        download: "/notas?arquivo={}",
    };
    for _ in 0..500 {
        let (caller, mut seconds) = (world.person(), world.when());
        for _ in 0..world.between(1, 7) {
            seconds += world.between(5, 90);
            let number = world.about(60);
            world.page(seconds, &caller, &format!("/produto?id={number}"));
        }
    }
    let goods: Vec<String> = (0..400).map(|number| format!("/produto?id={number}")).collect();
    let bot = world.program("Mozilla/5.0 (compatible; PetalBot;+https://webmaster.petalsearch.com/site/petalbot)");
    world.crawl(&bot, &goods);
    owners(world, &site, 600, 4);
    leaf(world, &site, 200);
    desk(world, &site, "/painel/pedidos");
    tools(world, &site, &["cdn.loja.example", "img.loja.example"], 300);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}

/// Messages for phones: few users, one application, identifiers of letters.
pub(super) fn chat(world: &mut World) -> Site {
    let site = Site {
        page: "/v1/bootstrap",
        app: Some("okhttp/4.12.0"),
        record: Some("/v1/conversations/{}/messages"),
        record_bytes: (400, 9_000),
        list: Some("/v1/members?offset={}&limit=30"),
        known: tokens(world, 3_000, 22),
        fetch: "/v1/unfurl?link={}",
        fetch_bytes: (12_000, 60_000),
        blind: "/v1/stickers/render",
        blind_bytes: (16_000, 80_000),
        download: "/v1/files?name={}",
    };
    owners(world, &site, 260, 6);
    leaf(world, &site, 80);
    desk(world, &site, "/v1/moderation");
    tools(world, &site, &["media.chat.example"], 160);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}

/// Reports of pupils, in German, as files.
pub(super) fn schule(world: &mut World) -> Site {
    let site = Site {
        page: "/eltern",
        app: None,
        record: Some("/dokumente/schueler/{}.pdf"),
        record_bytes: (40_000, 180_000),
        list: Some("/eltern/nachrichten?von={}"),
        known: numbers(world, 5_000, 80_000, 83_500),
        fetch: "/vorschau?adresse={}",
        fetch_bytes: (7_000, 50_000),
        blind: "/antrag/pruefen",
        blind_bytes: (5_000, 9_000),
        download: "/material?datei={}",
    };
    owners(world, &site, 520, 5);
    leaf(world, &site, 150);
    desk(world, &site, "/sekretariat");
    tools(world, &site, &["bilder.schule.example"], 220);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}

/// Albums passed on by their links.
pub(super) fn gallery(world: &mut World) -> Site {
    let site = Site {
        page: "/home",
        app: None,
        record: Some("/share/album/{}"),
        record_bytes: (6_000, 40_000),
        list: None,
        known: tokens(world, 4_000, 20),
        fetch: "/import?from={}",
        fetch_bytes: (90_000, 500_000),
        blind: "/edit/apply",
        blind_bytes: (100_000, 700_000),
        download: "/raw?key={}",
    };
    owners(world, &site, 480, 4);
    desk(world, &site, "/moderation");
    tools(world, &site, &["cdn.gallery.example", "s.gallery.example"], 260);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}

/// Rides, for an application alone.
pub(super) fn rides(world: &mut World) -> Site {
    let site = Site {
        page: "/app/config",
        app: Some("Rides/7.4 (Android 14; Pixel 8)"),
        record: Some("/trips/detail?trip_id={}&lang=fr"),
        record_bytes: (900, 5_000),
        list: Some("/trips/history?page={}&size=20"),
        known: (0..2_600).map(|_| world.uuid()).collect(),
        fetch: "/receipt/logo?img={}",
        fetch_bytes: (8_000, 30_000),
        blind: "/query",
        blind_bytes: (200, 12_000),
        download: "/receipt/file?doc={}",
    };
    owners(world, &site, 420, 4);
    leaf(world, &site, 150);
    desk(world, &site, "/ops/trips");
    tools(world, &site, &["cdn.rides.example"], 200);
    twins(world, &site);
    world.strangers(Some(site.fetch));
    site
}
