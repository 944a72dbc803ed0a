//! What kind of thing a route gives.
//!
//! Told by what the log shows of all its requests: how answers are shared among statuses and sizes, whether an identifier
//! is in the path, whether a parameter holds URLs, whether browsers come back for more with its address in `Referer`.
//! Words in the path help where such signs are weak; alone they decide only what nothing else shows.

use super::ValueClass;

/// What kind of thing a route gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKind {
    /// A file that pages share: scripts, styles, pictures of the service itself.
    Static,
    /// A document that a browser shows, and for which it fetches more.
    Page,
    /// Data that is not one record and not a list of them.
    Data,
    /// One record or document, by its identifier.
    Object,
    /// Many records at once.
    List,
    /// Something from elsewhere: a parameter holds its URL.
    Fetch,
    /// Proof of who the client is.
    Auth,
    /// Much at once, to be kept.
    Export,
    /// What only the service's own people should reach.
    Admin,
    /// Whether the service is well.
    Health,
    /// The way to another route.
    Redirect,
}

impl RouteKind {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            RouteKind::Static => "static",
            RouteKind::Page => "page",
            RouteKind::Data => "data",
            RouteKind::Object => "object",
            RouteKind::List => "list",
            RouteKind::Fetch => "fetch",
            RouteKind::Auth => "auth",
            RouteKind::Export => "export",
            RouteKind::Admin => "admin",
            RouteKind::Health => "health",
            RouteKind::Redirect => "redirect",
        }
    }
}

/// A parameter, as the kind depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ParamFacts<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) class: ValueClass,
    pub(crate) requests: u64,
    pub(crate) urls: u64,
    pub(crate) hosts: u64,
    /// Whether its name says that the client is sent on to what it holds.
    pub(crate) is_redirect: bool,
}

/// What is known of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The route, as it is spelt.
    pub(crate) spelling: &'a [u8],
    pub(crate) requests: u64,
    pub(crate) clients: u64,
    /// Answers with 2xx, with 304, and with another 3xx.
    pub(crate) answered: u64,
    pub(crate) unchanged: u64,
    pub(crate) redirected: u64,
    /// Answers with 401 or 403.
    pub(crate) unauthorised: u64,
    /// Requests with POST.
    pub(crate) posts: u64,
    /// Requests that name a page from which they came.
    pub(crate) with_referer: u64,
    /// Requests, to any route, that name this one as where they came from.
    pub(crate) followed: u64,
    /// Requests of clients in private networks, here; whether few of the log's clients are.
    pub(crate) private: u64,
    pub(crate) is_private_rare: bool,
    /// Requests with an identifier in the path.
    pub(crate) with_object: u64,
    /// Sizes in bytes: the median, and that which one of a hundred exceeds.
    pub(crate) sizes: Option<(u64, u64)>,
    pub(crate) params: Vec<ParamFacts<'a>>,
    /// Whether there is a route below it that gives one object.
    pub(crate) has_objects_below: bool,
}

/// The kind of a route, and what shows it.
pub(crate) fn kind(facts: &Facts<'_>) -> (RouteKind, &'static str) {
    let path = Path::of(facts.spelling);
    None.or_else(|| health(facts, &path))
        .or_else(|| auth(facts, &path))
        .or_else(|| admin(facts, &path))
        .or_else(|| fetch(facts))
        .or_else(|| export(facts, &path))
        .or_else(|| file(facts, &path))
        .or_else(|| redirect(facts))
        .or_else(|| list(facts, &path))
        .or_else(|| page(facts, &path))
        .or_else(|| object(facts))
        .unwrap_or_else(|| rest(facts, &path))
}

type Told = Option<(RouteKind, &'static str)>;

/// The words of a path.
struct Path {
    words: Vec<Vec<u8>>,
    extension: Option<Vec<u8>>,
    is_folder: bool,
    depth: usize,
}

impl Path {
    fn of(spelling: &[u8]) -> Path {
        let lower = spelling.to_ascii_lowercase();
        let segments: Vec<&[u8]> = lower.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).collect();
        let words = segments.iter().flat_map(|segment| words_of(segment)).map(<[u8]>::to_vec).collect();
        // The number in `woff2` is spelt as one in any name.
        let last = segments.last().map(|last| last.strip_suffix(b"#").unwrap_or(last));
        let extension = last.filter(|_| !lower.ends_with(b"/")).and_then(|last| {
            let dot = last.iter().rposition(|byte| *byte == b'.')?;
            let extension = &last[dot + 1..];
            let is_one = (1..=6).contains(&extension.len()) && extension.iter().all(u8::is_ascii_alphanumeric);
            is_one.then(|| extension.to_vec())
        });
        Path { words, extension, is_folder: lower.ends_with(b"/"), depth: segments.len() }
    }

    fn has(&self, words: &[&str]) -> bool {
        self.words.iter().any(|word| words.iter().any(|other| word == other.as_bytes()))
    }

    fn ends_in(&self, extensions: &[&str]) -> bool {
        self.extension.as_ref().is_some_and(|own| extensions.iter().any(|other| own == other.as_bytes()))
    }
}

/// A segment without the ending of a file, and its two halves if it has two: of more words it is a title, not a name.
fn words_of(segment: &[u8]) -> Vec<&[u8]> {
    let bare =
        segment.iter().position(|byte| *byte == b'.').filter(|dot| 0 < *dot).map_or(segment, |dot| &segment[..dot]);
    let pieces: Vec<&[u8]> = bare.split(|byte| matches!(byte, b'-' | b'_')).collect();
    match pieces.len() {
        2 => vec![bare, pieces[0], pieces[1]],
        _ => vec![bare],
    }
}

/// Whether at least so many of a hundred are.
fn is_share(part: u64, of: u64, percent: u64) -> bool {
    0 < of && of.saturating_mul(percent) <= part.saturating_mul(100)
}

/// How large an answer to the question whether all is well may be, in bytes.
const HEALTH_BYTES_MAX: u64 = 2048;

/// Few programs ask for health, often, without a page before, and the answer is short and always the same.
fn health(facts: &Facts<'_>, path: &Path) -> Told {
    const WORDS: [&str; 11] = [
        "health",
        "healthz",
        "healthcheck",
        "livez",
        "readyz",
        "liveness",
        "readiness",
        "ping",
        "heartbeat",
        "alive",
        "status",
    ];
    let (median, high) = facts.sizes?;
    let is_dry = median <= HEALTH_BYTES_MAX && high <= median + median / 4 + 16;
    let is_without_page = !is_share(facts.with_referer, facts.requests, 5) && facts.followed == 0;
    let is_alone = facts.params.is_empty() && facts.with_object == 0 && path.extension.is_none() && 0 < path.depth;
    if !(is_dry && is_without_page && is_alone) || is_share(facts.redirected, facts.requests, 50) {
        return None;
    }
    if path.has(&WORDS) {
        return Some((RouteKind::Health, "its name, and short answers that are all alike"));
    }
    let is_by_few = facts.clients <= 4 && 200 <= facts.requests && facts.posts == 0;
    (is_by_few && is_share(facts.answered, facts.requests, 95))
        .then_some((RouteKind::Health, "few clients ask often, and the short answer is always the same"))
}

/// Where some are refused who send something, or who are sent on, proof is asked for.
fn auth(facts: &Facts<'_>, path: &Path) -> Told {
    const WORDS: [&str; 17] = [
        "login", "signin", "logout", "signout", "auth", "oauth", "oauth2", "sso", "saml", "token", "session",
        "sessions", "password", "signup", "register", "mfa", "otp",
    ];
    if file(facts, path).is_some() {
        return None;
    }
    if path.has(&WORDS) {
        let has_sign = 0 < facts.posts + facts.redirected + facts.unauthorised;
        return has_sign.then_some((RouteKind::Auth, "its name, and what is sent, refused or sent on"));
    }
    let is_form = is_share(facts.posts, facts.requests, 50) && is_share(facts.unauthorised, facts.requests, 10);
    (is_form && facts.with_object == 0)
        .then_some((RouteKind::Auth, "much is sent to it, and often refused with 401 or 403"))
}

fn admin(facts: &Facts<'_>, path: &Path) -> Told {
    const WORDS: [&str; 12] = [
        "admin",
        "administrator",
        "backoffice",
        "internal",
        "actuator",
        "console",
        "phpmyadmin",
        "dashboard",
        "metrics",
        "manager",
        "wp-admin",
        "debug",
    ];
    if file(facts, path).is_some() {
        return None;
    }
    if path.has(&WORDS) {
        return Some((RouteKind::Admin, "its name"));
    }
    let is_inside = facts.is_private_rare && is_share(facts.private, facts.requests, 95) && 20 <= facts.requests;
    is_inside.then_some((RouteKind::Admin, "only private networks ask for it, which few other requests come from"))
}

/// Most requests name a URL to be fetched. Where the client is sent on to it, nothing is fetched.
fn fetch(facts: &Facts<'_>) -> Told {
    let is_sent_on = is_share(facts.redirected, facts.requests, 80);
    let fetches = |param: &&ParamFacts<'_>| {
        !param.is_redirect && is_share(param.urls, param.requests, 60) && is_share(param.requests, facts.requests, 50)
    };
    let param = facts.params.iter().filter(fetches).max_by_key(|param| param.urls)?;
    match is_sent_on {
        true => None,
        false if 1 < param.hosts => Some((RouteKind::Fetch, "a parameter holds URLs of several hosts")),
        false => Some((RouteKind::Fetch, "a parameter holds URLs")),
    }
}

/// How large the median answer of an export is at least, in bytes, where its name does not say so.
const EXPORT_BYTES_MIN: u64 = 4 << 20;

fn export(facts: &Facts<'_>, path: &Path) -> Told {
    const WORDS: [&str; 8] = ["export", "exports", "download", "downloads", "backup", "backups", "dump", "archive"];
    const EXTENSIONS: [&str; 19] = [
        "csv", "tsv", "xlsx", "xls", "zip", "gz", "tgz", "tar", "bz2", "7z", "sql", "parquet", "ndjson", "jar", "exe",
        "deb", "rpm", "dmg", "iso",
    ];
    if path.ends_in(&EXTENSIONS) {
        return Some((RouteKind::Export, "the form of its file"));
    }
    let is_page = path.ends_in(&PAGES) || path.ends_in(&PARTS) || path.is_folder;
    if path.has(&WORDS) && !is_page && !is_share(facts.followed, facts.requests, 50) {
        return Some((RouteKind::Export, "its name"));
    }
    let is_large = facts.sizes.is_some_and(|(median, _)| EXPORT_BYTES_MIN <= median);
    (is_large && !is_page).then_some((RouteKind::Export, "its answers are megabytes"))
}

/// Words of paths by which programs ask.
const DATA: [&str; 9] = ["api", "rest", "graphql", "rpc", "ajax", "json", "v1", "v2", "v#"];

/// Extensions of documents.
const PAGES: [&str; 14] =
    ["html", "htm", "shtml", "xhtml", "php", "asp", "aspx", "jsp", "jsf", "do", "pdf", "txt", "ps", "doc"];

/// Extensions of what belongs to a page.
const PARTS: [&str; 27] = [
    "js",
    "mjs",
    "css",
    "map",
    "woff",
    "woff2",
    "ttf",
    "otf",
    "eot",
    "ico",
    "svg",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "webp",
    "avif",
    "bmp",
    "xbm",
    "mp4",
    "webm",
    "mpg",
    "wav",
    "au",
    "mp3",
    "webmanifest",
    "swf",
];

/// A file that is the same for all who ask. One that is of an object is that object.
fn file(facts: &Facts<'_>, path: &Path) -> Told {
    if is_share(facts.with_object, facts.requests, 50) {
        return None;
    }
    if path.ends_in(&PARTS) {
        return Some((RouteKind::Static, "the form of its file"));
    }
    const WELL_KNOWN: [&[u8]; 6] =
        [b"/robots.txt", b"/sitemap.xml", b"/ads.txt", b"/humans.txt", b"/crossdomain.xml", b"/opensearch.xml"];
    if WELL_KNOWN.contains(&facts.spelling) {
        return Some((RouteKind::Static, "a file that services have for programs"));
    }
    let is_cached = is_share(facts.unchanged, facts.requests, 20) && facts.followed == 0 && facts.params.is_empty();
    let is_asked_by_pages = is_share(facts.with_referer, facts.requests, 80);
    (is_cached && is_asked_by_pages).then_some((RouteKind::Static, "pages ask for it, and it is often unchanged (304)"))
}

fn redirect(facts: &Facts<'_>) -> Told {
    let is_most = 10 <= facts.requests && is_share(facts.redirected, facts.requests, 80);
    (is_most || 0 < facts.requests && facts.redirected == facts.requests)
        .then_some((RouteKind::Redirect, "it sends most clients on"))
}

/// A collection: its objects stand below it, or its pages are numbered.
fn list(facts: &Facts<'_>, path: &Path) -> Told {
    const PAGING: [&str; 14] = [
        "page",
        "p",
        "offset",
        "limit",
        "cursor",
        "per_page",
        "perpage",
        "page_size",
        "pagesize",
        "start",
        "after",
        "before",
        "sort",
        "size",
    ];
    const WORDS: [&str; 3] = ["list", "search", "jsonlist"];
    if path.ends_in(&PAGES) || is_share(facts.followed, facts.requests, 20) || path.depth == 0 {
        return None;
    }
    let pages = |param: &ParamFacts<'_>| {
        let is_name = PAGING.iter().any(|name| param.name == name.as_bytes());
        is_name && is_share(param.requests, facts.requests, 20) && param.class != ValueClass::Url
    };
    if facts.params.iter().any(pages) {
        return Some((RouteKind::List, "a parameter turns its pages"));
    }
    if facts.has_objects_below && facts.with_object == 0 && !path.is_folder {
        return Some((RouteKind::List, "its objects stand below it"));
    }
    (path.has(&WORDS) && !path.is_folder).then_some((RouteKind::List, "its name"))
}

/// A browser that was shown a page fetches what belongs to it, and names the page.
fn page(facts: &Facts<'_>, path: &Path) -> Told {
    if path.ends_in(&PAGES) {
        return Some((RouteKind::Page, "the form of its file"));
    }
    if path.depth == 0 {
        return Some((RouteKind::Page, "the front page"));
    }
    if path.is_folder && facts.posts == 0 && !path.has(&DATA) {
        return Some((RouteKind::Page, "a folder of documents"));
    }
    let is_part = path.ends_in(&PARTS);
    (!is_part && is_share(facts.followed, facts.requests, 20))
        .then_some((RouteKind::Page, "browsers come from it to ask for more"))
}

fn object(facts: &Facts<'_>) -> Told {
    is_share(facts.with_object, facts.requests, 50).then_some((RouteKind::Object, "an identifier is in its path"))
}

/// How large a document is at least, in bytes, where nothing else shows that it is one.
const DOCUMENT_BYTES_MIN: u64 = 1500;

fn rest(facts: &Facts<'_>, path: &Path) -> (RouteKind, &'static str) {
    if path.ends_in(&["json", "xml", "rss", "atom", "rdf"]) || path.has(&DATA) {
        return (RouteKind::Data, "its name");
    }
    if facts.posts == 0 && 0 < facts.followed {
        return (RouteKind::Page, "browsers come from it to ask for more");
    }
    // What scripts of a page ask for names that page; a document is asked for from elsewhere, too.
    let is_document = facts.sizes.is_some_and(|(median, _)| DOCUMENT_BYTES_MIN <= median);
    if facts.posts == 0 && is_document && !is_share(facts.with_referer, facts.requests, 80) && 1 < facts.clients {
        return (RouteKind::Page, "asked for from nowhere, as documents are");
    }
    (RouteKind::Data, "nothing shows another kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(spelling: &str) -> Facts<'_> {
        let (requests, clients, answered) = (100, 60, 98);
        Facts {
            spelling: spelling.as_bytes(),
            requests,
            clients,
            answered,
            sizes: Some((900, 4000)),
            ..Facts::default()
        }
    }

    fn param(name: &str, class: ValueClass, requests: u64, urls: u64) -> ParamFacts<'_> {
        ParamFacts { name: name.as_bytes(), class, requests, urls, hosts: urls / 2, is_redirect: false }
    }

    #[track_caller]
    fn check(facts: Facts<'_>, want: RouteKind) {
        assert_eq!(kind(&facts).0, want, "{facts:?}");
    }

    #[test]
    fn a_parameter_that_holds_urls_makes_a_fetch() {
        let of = |param| Facts { params: vec![param], ..facts("/api/preview") };
        check(of(param("u", ValueClass::Url, 100, 90)), RouteKind::Fetch);
        check(of(param("u", ValueClass::Url, 100, 40)), RouteKind::Data);
        check(of(param("u", ValueClass::Url, 20, 20)), RouteKind::Data);
        check(of(ParamFacts { is_redirect: true, ..param("next", ValueClass::Url, 100, 90) }), RouteKind::Data);
        check(Facts { redirected: 95, ..of(param("u", ValueClass::Url, 100, 90)) }, RouteKind::Redirect);
    }

    #[test]
    fn an_identifier_makes_an_object_unless_it_is_a_page() {
        let of = |spelling| Facts { with_object: 100, ..facts(spelling) };
        check(of("/api/orders/*"), RouteKind::Object);
        check(of("/photos/#.jpg"), RouteKind::Object);
        check(Facts { followed: 80, ..of("/products/*") }, RouteKind::Page);
        check(Facts { with_object: 10, ..facts("/img/logo.png") }, RouteKind::Static);
    }

    #[test]
    fn a_collection_is_a_list() {
        check(Facts { has_objects_below: true, ..facts("/api/orders") }, RouteKind::List);
        check(facts("/api/orders"), RouteKind::Data);
        check(Facts { params: vec![param("page", ValueClass::Number, 60, 0)], ..facts("/api/feed") }, RouteKind::List);
        check(Facts { params: vec![param("page", ValueClass::Number, 3, 0)], ..facts("/api/feed") }, RouteKind::Data);
        check(Facts { has_objects_below: true, followed: 90, ..facts("/products") }, RouteKind::Page);
    }

    #[test]
    fn health_is_short_and_always_the_same() {
        let dry = |spelling| Facts { sizes: Some((15, 15)), ..facts(spelling) };
        check(dry("/healthz"), RouteKind::Health);
        check(facts("/status"), RouteKind::Data);
        check(Facts { clients: 1, requests: 900, answered: 900, ..dry("/x") }, RouteKind::Health);
        check(Facts { clients: 40, requests: 900, answered: 900, ..dry("/x") }, RouteKind::Data);
        check(Facts { with_referer: 90, ..dry("/ping") }, RouteKind::Data);
    }

    #[test]
    fn proof_is_asked_for_where_some_are_refused() {
        check(Facts { posts: 50, ..facts("/login") }, RouteKind::Auth);
        check(facts("/blog/token"), RouteKind::Data);
        check(Facts { posts: 100, unauthorised: 30, ..facts("/api/enter") }, RouteKind::Auth);
        check(Facts { posts: 100, unauthorised: 2, ..facts("/api/enter") }, RouteKind::Data);
        check(Facts { posts: 50, ..facts("/author") }, RouteKind::Data);
    }

    #[test]
    fn what_else_there_is() {
        check(facts("/assets/app.#.js"), RouteKind::Static);
        check(facts("/assets/inter.woff#"), RouteKind::Static);
        check(Facts { sizes: Some((9000, 9000)), ..facts("/blog/kitten") }, RouteKind::Page);
        check(Facts { sizes: Some((9000, 9000)), with_referer: 95, ..facts("/blog/kitten") }, RouteKind::Data);
        check(Facts { unchanged: 40, with_referer: 95, ..facts("/media/banner") }, RouteKind::Static);
        check(Facts { unchanged: 40, with_referer: 10, ..facts("/media/banner") }, RouteKind::Data);
        check(facts("/admin/users"), RouteKind::Admin);
        check(facts("/administration"), RouteKind::Data);
        check(facts("/what-an-admin-does"), RouteKind::Data);
        check(facts("/missions/sts-#/"), RouteKind::Page);
        check(Facts { with_object: 100, ..facts("/api/orders/*/") }, RouteKind::Object);
        check(Facts { redirected: 3, requests: 3, ..facts("/images") }, RouteKind::Redirect);
        check(Facts { private: 100, is_private_rare: true, ..facts("/jobs/run") }, RouteKind::Admin);
        check(Facts { private: 100, is_private_rare: false, ..facts("/jobs/run") }, RouteKind::Data);
        check(facts("/reports/monthly.csv"), RouteKind::Export);
        check(Facts { sizes: Some((9 << 20, 12 << 20)), ..facts("/reports/monthly") }, RouteKind::Export);
        check(facts("/"), RouteKind::Page);
        check(facts("/a.html"), RouteKind::Page);
        check(Facts { redirected: 90, ..facts("/go") }, RouteKind::Redirect);
        check(Facts { redirected: 70, ..facts("/go") }, RouteKind::Data);
    }
}
