//! Nginx Proxy Manager: nginx with fields in brackets that say what they are.
//!
//! It has a layout for hosts that it passes on and one for those that it answers itself, and versions and offshoots that
//! mix the two. They share files, so they are one format.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// With what the cache and the server behind did or without, with the server's name or without.
pub(crate) static NGINX_PROXY_MANAGER: Laid = Laid::new(Plan {
    name: "nginx_proxy_manager",
    aliases: &["npm"],
    about: "Nginx Proxy Manager, proxy and standard layouts",
    example: r#"[24/Jan/2022:16:50:41 +0000] - 304 304 - GET http shop.example "/a?b=1" [Client 192.0.2.7] [Length 0] [Gzip -] [Sent-to 198.51.100.4] "Mozilla/5.0" "-""#,
    layouts: || Layouts::of(Dialect::Nginx, layouts()),
    ..Plan::EMPTY
});

/// The layouts, those that Nginx Proxy Manager itself has first.
fn layouts() -> impl Iterator<Item = String> {
    let heads = ["$upstream_cache_status $upstream_status ", ""];
    let servers = [" [Sent-to $server]", ""];
    heads.into_iter().flat_map(move |head| {
        servers.map(|server| {
            format!(
                r#"[$time_local] {head}$status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio]{server} "$http_user_agent" "$http_referer""#
            )
        })
    })
}

/// Whether a person's layout is one of these: then all of them are meant.
pub(crate) fn is_one(layout: &str) -> bool {
    layouts().any(|known| known == layout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_layouts_share_files() {
        let example = NGINX_PROXY_MANAGER.example();
        for line in [
            example.to_owned(),
            example.replace("- 304 304 - GET", "304 - GET"),
            example.replace(" [Sent-to 198.51.100.4]", ""),
            example.replace("- 304 304 - GET", "304 - GET").replace(" [Sent-to 198.51.100.4]", ""),
        ] {
            let record = NGINX_PROXY_MANAGER.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.status, record.client), (Some(304), Some(&b"192.0.2.7"[..])), "{line}");
        }
        assert!(NGINX_PROXY_MANAGER.parse(example.replace("[Client", "[Peer").as_bytes()).is_err());
    }
}
