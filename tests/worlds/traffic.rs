//! The traffic of one made-up service: who comes, when, and what every service has besides its users.
//!
//! A world is a list of requests, each ordinary or marked as a theft's. What befalls a service as a whole is done here
//! to all of it: a deploy after which all sizes and assets are others, an outage in which nearly all fails, scanners,
//! probes of its health. All follows from the seed.

use crate::logs::{self, Dice, Hit, Writing};

/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// How many days a world lasts.
pub(crate) const DAYS: u64 = 12;

/// What is known of a request that is a theft's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Part of the story; it took nothing.
    Step,
    /// It took something.
    Theft,
}

/// Who asks: an address and the agent it names.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) client: String,
    pub(crate) agent: String,
    pub(crate) referer: String,
}

/// A service and all that was asked of it.
pub(crate) struct World {
    pub(crate) dice: Dice,
    hits: Vec<(Hit, Option<Mark>)>,
    deploy: u64,
    outage: Option<u64>,
}

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(17));
        let deploy = (4 + dice.below(5) as u64) * DAY + 36_000;
        let outage = dice.one_in(2).then(|| (2 + dice.below(8) as u64) * DAY + 50_000);
        World { dice, hits: Vec::new(), deploy, outage }
    }

    /// A number from `low` to below `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.dice.below((high - low) as usize) as u64
    }

    /// Whether one of a hundred cases is this, times `percent`.
    pub(crate) fn is_percent(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    /// Small mostly, and now and then large: exponential about a mean.
    pub(crate) fn about(&mut self, mean: u64) -> u64 {
        let share = (self.dice.below(1 << 20) as f64 + 1.0) / f64::from(1 << 20);
        (-(share.ln()) * mean as f64) as u64
    }

    /// A size as those of documents are: between two, the small more often.
    pub(crate) fn size(&mut self, (low, high): (u64, u64)) -> u64 {
        let first = self.between(low, high);
        first.min(self.between(low, high))
    }

    /// A moment when people are awake, mostly.
    pub(crate) fn when(&mut self) -> u64 {
        let day = self.between(0, DAYS) * DAY;
        let second = if self.is_percent(88) { self.between(7 * 3600, 23 * 3600) } else { self.between(0, DAY) };
        day + second
    }

    pub(crate) fn browser(&mut self) -> String {
        match self.dice.below(3) {
            0 => format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
                self.between(112, 128)
            ),
            1 => format!(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{0} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{0} Mobile/15E148 Safari/604.1",
                self.between(0, 6)
            ),
            _ => format!(
                "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
                self.between(115, 128)
            ),
        }
    }

    pub(crate) fn address(&mut self) -> String {
        format!("198.{}.{}.{}", self.between(18, 20), self.between(0, 256), self.between(1, 255))
    }

    /// Somebody with a browser.
    pub(crate) fn person(&mut self) -> Caller {
        Caller { client: self.address(), agent: self.browser(), referer: "-".to_owned() }
    }

    /// A program that says what it is.
    pub(crate) fn program(&mut self, agent: &str) -> Caller {
        Caller { client: self.address(), agent: agent.to_owned(), referer: "-".to_owned() }
    }

    pub(crate) fn uuid(&mut self) -> String {
        let mut part = |bits: u32| self.between(0, 1 << bits);
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:06x}{:06x}",
            part(32),
            part(16),
            part(12),
            part(12),
            part(24),
            part(24)
        )
    }

    /// An answered request.
    pub(crate) fn get(&mut self, seconds: u64, caller: &Caller, target: &str, bytes: u64) {
        self.put(seconds, caller, "GET", target, 200, bytes, None);
    }

    /// A request of any kind.
    #[expect(clippy::too_many_arguments, reason = "a line of a log has as many parts")]
    pub(crate) fn put(
        &mut self,
        seconds: u64,
        caller: &Caller,
        method: &'static str,
        target: &str,
        status: u16,
        bytes: u64,
        mark: Option<Mark>,
    ) {
        let seconds = seconds.min(DAYS * DAY - 1);
        let mut hit = Hit::new(seconds, &caller.client, target, status, bytes);
        hit.method = method;
        (hit.agent, hit.referer) = (caller.agent.clone(), caller.referer.clone());
        if self.deploy < seconds && mark.is_none() && status == 200 && 200 < bytes {
            hit.bytes = bytes * 13 / 10 + 37;
        }
        let is_out = self.outage.is_some_and(|from| from <= seconds && seconds < from + 2_400);
        if is_out && mark.is_none() && self.is_percent(85) {
            (hit.status, hit.bytes) = (503, 213);
        }
        self.hits.push((hit, mark));
    }

    /// A page and its assets.
    pub(crate) fn page(&mut self, seconds: u64, caller: &Caller, target: &str) {
        let bytes = self.between(8_000, 30_000);
        self.get(seconds, caller, target, bytes);
        let build = if self.deploy < seconds { "c41f" } else { "9a07" };
        for (asset, bytes) in
            [(format!("/static/app.{build}.js"), 181_200), (format!("/static/site.{build}.css"), 24_113)]
        {
            if self.is_percent(45) {
                self.put(seconds + 1, caller, "GET", &asset, 304, 0, None);
            } else {
                self.get(seconds + 1, caller, &asset, bytes);
            }
        }
    }

    /// A crawler that takes these paths in turn, all days long.
    pub(crate) fn crawl(&mut self, caller: &Caller, paths: &[String]) {
        self.get(60, caller, "/robots.txt", 120);
        let step = (DAYS * DAY - 4_000) / paths.len().max(1) as u64;
        for (place, path) in paths.iter().enumerate() {
            let seconds = place as u64 * step + self.between(0, step.max(2));
            let (status, bytes) = if self.is_percent(2) { (404, 1_180) } else { (200, self.between(4_000, 40_000)) };
            self.put(seconds, caller, "GET", path, status, bytes, None);
        }
    }

    /// What every service in the open has: scanners that get nothing, probes of its health, sign-ins of programs.
    pub(crate) fn strangers(&mut self, fetch: Option<&str>) {
        const SOUGHT: [&str; 7] = [
            "/.env",
            "/.git/config",
            "/wp-login.php",
            "/actuator/env",
            "/.aws/credentials",
            "/config.json",
            "/backup.zip",
        ];
        for _ in 0..12 {
            let (caller, mut seconds) = (self.person(), self.when());
            for path in SOUGHT {
                seconds += self.between(1, 4);
                self.put(seconds, &caller, "GET", path, 404, 1_180, None);
            }
            if let Some((before, after)) = fetch.and_then(|fetch| fetch.split_once("{}")) {
                let target = format!("{before}http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2F{after}");
                self.put(seconds + 2, &caller, "GET", &target, 400, 67, None);
            }
        }
        let health = self.program("kube-probe/1.29");
        for minute in (0..DAYS * 24 * 60).step_by(15) {
            self.get(minute * 60, &health, "/healthz", 2);
        }
        for _ in 0..25 {
            let (caller, seconds) = (self.person(), self.when());
            let port = self.between(49_152, 65_535);
            let target = format!(
                "/oauth/authorize?client_id=cli&redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Fcallback&state=x"
            );
            self.put(seconds, &caller, "GET", &target, 302, 0, None);
        }
    }

    /// The requests by time, and what is known of each.
    pub(crate) fn requests(mut self) -> Vec<(Hit, Option<Mark>)> {
        self.hits.sort_by_key(|(hit, _)| hit.seconds);
        self.hits
    }

    /// The log, and the marks of its lines, counted from one.
    pub(crate) fn written(mut self, writing: Writing) -> (String, Vec<(u64, Mark)>) {
        self.hits.sort_by_key(|(hit, _)| hit.seconds);
        let mut text = String::new();
        for (hit, _) in &self.hits {
            text.push_str(&logs::line(hit, writing));
            text.push('\n');
        }
        let marked = (1..).zip(&self.hits).filter_map(|(line, (_, mark))| Some((line, (*mark)?)));
        (text, marked.collect())
    }
}
