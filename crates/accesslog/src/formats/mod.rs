//! The formats, one file each.
//!
//! A new format is a file here and its name in [`FORMATS`]: recognition, help and tables follow from the list.

mod absolute;
mod actix;
mod akamai_datastream;
mod akamai_siem;
mod alibaba_cdn;
mod alibaba_cdn_json;
mod any_of;
mod apache_ssl_request;
mod apisix;
mod artifactory;
mod aspnet;
mod aws_alb;
mod aws_apigateway;
mod aws_cloudfront_json;
mod aws_cloudtrail;
mod aws_elb_classic;
mod aws_lambda_event;
mod aws_nlb;
mod aws_s3_json;
mod aws_vpc_lattice;
mod aws_waf;
mod azure_apim;
mod azure_app_insights;
mod azure_appgw;
mod azure_appservice;
mod azure_frontdoor;
mod azure_storage;
mod azure_storage_json;
mod bare_pieces;
mod barracuda_waf;
mod beego;
mod bitbucket_access;
mod bunny_cdn;
mod caddy_json;
mod cef;
mod ceph_rgw;
mod cf_cloud_controller;
mod cf_gorouter;
mod citrix_netscaler_access;
mod cloudflare_logpush;
mod cloudflare_workers;
mod combined;
mod combined_extended;
mod combined_forwarded;
mod combined_host;
mod combined_tabs;
mod common;
mod common_extended;
mod common_short;
mod common_undated;
mod couchdb;
mod cpanel_access;
mod edgio;
mod elb;
mod envoy_json;
mod envoy_text;
mod fastly_json;
mod gandi_combined;
mod gcore_cdn;
mod gcp_http_lb;
mod gin;
mod gitea_router;
mod given_layouts;
mod glassfish;
mod go_chi;
mod gunicorn;
mod haproxy;
mod haproxy_clf;
mod haproxy_http;
mod haproxy_tcp;
mod header_list;
mod healthd;
mod heroku_router;
mod hiawatha;
mod huawei_cdn;
mod huawei_cdn_json;
mod hypercorn;
mod iis_native;
mod influxdb_httpd;
mod ingress_nginx;
mod json;
mod json_map;
mod json_names;
mod koa;
mod ktor;
mod kubernetes_audit;
mod leef;
mod lighttpd_combined;
mod logfmt;
mod ltsv;
mod minio_audit;
mod modsecurity_json;
mod morgan;
mod ncsa_jetty;
mod nexus;
mod nginx_json;
mod nginx_proxy_manager;
mod npmplus;
mod oauth2_proxy;
mod oci_lb;
mod openlitespeed;
mod openstack_wsgi;
mod php_fpm;
mod php_server;
mod python_http_server;
mod rails_started;
mod s3;
mod skyhigh;
mod sogo;
mod squid_combined;
mod squid_native;
mod sucuri_json;
mod suricata_http;
mod swift_proxy;
mod synapse;
mod tencent_cdn;
mod tencent_cdn_json;
mod tencent_clb;
mod tencent_edgeone;
mod tomcat_access;
mod tornado;
mod traefik_clf;
mod traefik_json;
mod umbrella_proxy;
mod uvicorn;
mod uwsgi;
mod varnishncsa;
mod vertx;
mod vhost_combined;
mod w3c;
mod w3c_json;
mod webrick;
mod zoraxy;
mod zscaler_web;

pub use any_of::any_of;
pub use aws_cloudtrail::{KeyTimes, key_times};
pub use w3c::w3c_fields;

use crate::Format;

pub use json_map::{JsonMapError, JsonPaths, json_map};

pub(crate) use bare_pieces::internet_time;
pub(crate) use nginx_proxy_manager::is_one as is_of_proxy_manager;

/// All formats. Of two that read a file equally well the first listed is taken, so the strict come first.
pub static FORMATS: &[&dyn Format] = &[
    &hypercorn::Hypercorn,
    &combined_forwarded::COMBINED_FORWARDED,
    &combined::Combined,
    &haproxy_clf::HaproxyClf,
    &common::Common,
    &influxdb_httpd::INFLUXDB_HTTPD,
    &common_extended::CommonExtended,
    &vhost_combined::VhostCombined,
    &traefik_clf::TRAEFIK_CLF,
    &ingress_nginx::INGRESS_NGINX,
    &squid_combined::SQUID_COMBINED,
    &ncsa_jetty::NCSA_JETTY,
    &cf_cloud_controller::CF_CLOUD_CONTROLLER,
    &envoy_text::ENVOY_TEXT,
    &cf_gorouter::CF_GOROUTER,
    &combined_extended::CombinedExtended,
    &combined_host::COMBINED_HOST,
    &combined_tabs::COMBINED_TABS,
    &gandi_combined::GANDI_COMBINED,
    &citrix_netscaler_access::CITRIX_NETSCALER_ACCESS,
    &cpanel_access::CPANEL_ACCESS,
    &apache_ssl_request::APACHE_SSL_REQUEST,
    &alibaba_cdn::ALIBABA_CDN,
    &npmplus::NPMPLUS,
    &nginx_proxy_manager::NGINX_PROXY_MANAGER,
    &squid_native::SQUID_NATIVE,
    &tomcat_access::ATLASSIAN_ACCESS,
    &bitbucket_access::BITBUCKET_ACCESS,
    &couchdb::COUCHDB,
    &uvicorn::UVICORN,
    &uwsgi::UWSGI,
    &python_http_server::PYTHON_HTTP_SERVER,
    &rails_started::RailsStarted,
    &morgan::Morgan,
    &tomcat_access::TOMCAT_ACCESS,
    &lighttpd_combined::LIGHTTPD_COMBINED,
    &gunicorn::GUNICORN,
    &varnishncsa::VARNISHNCSA,
    &gin::GIN,
    &go_chi::GO_CHI,
    &beego::Beego,
    &koa::Koa,
    &ktor::Ktor,
    &zoraxy::Zoraxy,
    &tornado::TORNADO,
    &oauth2_proxy::OAUTH2_PROXY,
    &apisix::APISIX,
    &nexus::NEXUS,
    &openstack_wsgi::OPENSTACK_WSGI,
    &suricata_http::SURICATA_HTTP,
    &php_fpm::PHP_FPM,
    &php_server::PhpServer,
    &webrick::WEBRICK,
    &glassfish::GLASSFISH,
    &vertx::VERTX,
    &openlitespeed::OPENLITESPEED,
    &synapse::SYNAPSE,
    &actix::ACTIX,
    &gitea_router::GiteaRouter,
    &aspnet::AspNet,
    &healthd::HEALTHD,
    &huawei_cdn::HUAWEI_CDN,
    &tencent_clb::TencentClb,
    &tencent_cdn::TENCENT_CDN,
    &edgio::EDGIO,
    &skyhigh::SKYHIGH,
    &barracuda_waf::BARRACUDA_WAF,
    &sogo::SOGO,
    &umbrella_proxy::UmbrellaProxy,
    &hiawatha::Hiawatha,
    &gcore_cdn::GCORE_CDN,
    &bunny_cdn::BunnyCdn,
    &azure_storage::AzureStorage,
    &common_short::COMMON_SHORT,
    &artifactory::ARTIFACTORY,
    &swift_proxy::SWIFT_PROXY,
    &given_layouts::NGINX_LOG_FORMAT,
    &given_layouts::APACHE_LOGFORMAT,
    &bare_pieces::RequestLine,
    &bare_pieces::ClfTimestamp,
    &bare_pieces::AzureTimestamp,
    &aws_apigateway::AwsApigateway,
    &common_undated::COMMON_UNDATED,
    &heroku_router::HerokuRouter,
    &cef::Cef,
    &leef::Leef,
    &logfmt::Logfmt,
    &ltsv::Ltsv,
    &caddy_json::CADDY_JSON,
    &traefik_json::TRAEFIK_JSON,
    &envoy_json::ENVOY_JSON,
    &aws_cloudtrail::AwsCloudtrail,
    &aws_waf::AWS_WAF,
    &w3c_json::W3C_JSON,
    &aws_cloudfront_json::AWS_CLOUDFRONT_JSON,
    &gcp_http_lb::GCP_HTTP_LB,
    &azure_appgw::AZURE_APPGW,
    &azure_frontdoor::AZURE_FRONTDOOR,
    &azure_appservice::AzureAppservice,
    &azure_apim::AZURE_APIM,
    &azure_storage_json::AZURE_STORAGE_JSON,
    &aws_vpc_lattice::AWS_VPC_LATTICE,
    &akamai_datastream::AKAMAI_DATASTREAM,
    &akamai_siem::AKAMAI_SIEM,
    &oci_lb::OCI_LB,
    &minio_audit::MINIO_AUDIT,
    &ceph_rgw::CEPH_RGW,
    &aws_s3_json::AWS_S3_JSON,
    &modsecurity_json::MODSECURITY_JSON,
    &cloudflare_logpush::CLOUDFLARE_LOGPUSH,
    &kubernetes_audit::KUBERNETES_AUDIT,
    &zscaler_web::ZSCALER_WEB,
    &sucuri_json::SUCURI_JSON,
    &cloudflare_workers::CLOUDFLARE_WORKERS,
    &azure_app_insights::AZURE_APP_INSIGHTS,
    &alibaba_cdn_json::ALIBABA_CDN_JSON,
    &huawei_cdn_json::HUAWEI_CDN_JSON,
    &tencent_cdn_json::TENCENT_CDN_JSON,
    &tencent_edgeone::TENCENT_EDGEONE,
    &aws_lambda_event::AWS_LAMBDA_EVENT,
    &fastly_json::FASTLY_JSON,
    &nginx_json::NGINX_JSON,
    &json::JSON,
    &json_names::JsonNames,
    &s3::S3,
    &haproxy_http::HaproxyHttp,
    &haproxy_tcp::HaproxyTcp,
    &aws_alb::AwsAlb,
    &aws_elb_classic::AwsElbClassic,
    &aws_nlb::AwsNlb,
    &w3c::IIS_W3C,
    &w3c::IIS_ADVANCED,
    &iis_native::IisNative,
    &w3c::NETSCALER,
    &w3c::ORACLE_WEBCACHE,
    &w3c::SHOUTCAST,
    &w3c::INCAPSULA,
    &w3c::EXCHANGE_HTTP_PROXY,
    &w3c::AWS_CLOUDFRONT,
    &w3c::CSV_TABLE,
    &w3c::AWS_CLOUDFRONT_EXPORT,
    &w3c::GCS_USAGE,
    &w3c::ZEEK_HTTP,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Record, Value};

    /// Whether a value is a piece of the line: nothing told may come from elsewhere.
    fn is_piece(value: &[u8], line: &[u8]) -> bool {
        let (value, line) = (value.as_ptr_range(), line.as_ptr_range());
        value.is_empty() || line.start <= value.start && value.end <= line.end
    }

    /// Reads a line with every format and asks for all that it tells.
    fn read(line: &[u8]) {
        for format in FORMATS {
            let outcome = format.parse(line);
            if let Err(fault) = outcome {
                assert!(fault.at <= line.len(), "{}: {fault} of {}", format.name(), line.len());
            }
            if let Ok(Some(record)) = outcome {
                format.further(line, &record, &mut |name, value| match value {
                    Value::Text(text) => assert!(is_piece(text, line), "{} {name}", format.name()),
                    Value::List(items) => assert!(items.iter().all(|item| is_piece(item, line)), "{name}"),
                    _ => assert!(!name.is_empty()),
                });
            }
        }
    }

    /// Formats whose writers escape nothing, and what of their examples a client wrote.
    const RAW: [(&str, &[&str]); 27] = [
        ("actix", &["/a?b=1", "Mozilla/5.0"]),
        ("alibaba_cdn", &["/a?b=1", "Mozilla/5.0", "text/html"]),
        ("artifactory", &["reports", "/api/storage/a?b=1", "JFrog-CLI/2.0"]),
        ("aspnet", &["/a?b=1"]),
        ("bunny_cdn", &["https://shop.example/", "/a?b=1", "Mozilla/5.0"]),
        ("combined_host", &["/a?b=1", "https://shop.example/", "Mozilla/5.0"]),
        ("common_short", &["/a?b=1"]),
        ("common_undated", &["/a?b=1", "https://shop.example/", "Mozilla/5.0"]),
        ("glassfish", &["NULL-AUTH-USER", "/a?b=1"]),
        ("huawei_cdn", &["shop.example", "/a", "Mozilla/5.0", "bytes=-256"]),
        ("nexus", &["/repository/a", "curl/8.5"]),
        ("openlitespeed", &["/a?b=1", "Mozilla/5.0"]),
        ("php_fpm", &["/index.php?a=b"]),
        ("python_http_server", &["/a"]),
        ("barracuda_waf", &["b=1", "https://shop.example/", "Mozilla/5.0"]),
        ("sogo", &["/SOGo/a?b=1"]),
        ("tencent_clb", &["/a?b=1", "Mozilla/5.0"]),
        ("edgio", &["/a?b=1", "https://shop.example/", "Mozilla/5.0"]),
        ("hiawatha", &["/a?b=1", "shop.example", "Mozilla/5.0"]),
        ("skyhigh", &["bob", "/a?b=1", "Mozilla/5.0"]),
        ("tencent_cdn", &["/a?b=1", "https://shop.example/", "Mozilla/5.0"]),
        ("suricata_http", &["/a?b=1", "Mozilla/5.0", "https://shop.example/"]),
        ("synapse", &["/a?b=1", "Mozilla/5.0"]),
        ("uvicorn", &["/a?b=1"]),
        ("vertx", &["/a?b=1", "Mozilla/5.0"]),
        ("webrick", &["/a?b=1"]),
        ("zoraxy", &["/a?b=1", "Mozilla/5.0"]),
    ];

    /// What a client writes to look like the rest of a line: pieces of one, or what stands around its value, with another
    /// status, another size and another client.
    fn forged(example: &str, of: &str, choices: &[usize]) -> String {
        const PIECES: [&str; 12] = [
            "\"",
            "|",
            " ",
            "-",
            "\" 404 7",
            "\" 404 7 \"",
            "\" \"",
            " HTTP/1.1",
            " HTTP/1.1\" 404 7",
            "x",
            "\" 404 Not Found",
            " 404 7 ",
        ];
        let (head, tail) = example.split_once(of).expect("the example holds it");
        let [head, tail] = [head, tail]
            .map(|text| text.replace("200", "404").replace("2326", "7").replace("192.0.2.7", "198.51.100.9"));
        let piece = |choice: &usize| match PIECES.get(*choice) {
            Some(piece) => *piece,
            None if choice.is_multiple_of(2) => &head,
            None => &tail,
        };
        choices.iter().map(piece).collect()
    }

    proptest! {
        #[test]
        fn what_a_client_writes_is_read_as_its_own_or_not_at_all(
            number in 0..RAW.len(),
            which in any::<prop::sample::Index>(),
            choices in prop::collection::vec(0..16_usize, 0..5),
        ) {
            let (name, written) = RAW[number];
            let format = crate::named(name).unwrap();
            let example = format.example().lines().last().unwrap_or_default();
            let of = written[which.index(written.len())];
            let line = example.replacen(of, &format!("{of}{}", forged(example, of, &choices)), 1);
            let server_wrote = |record: &Record<'_>| (record.client.map(<[u8]>::to_vec), record.status, record.bytes);
            let want = server_wrote(&format.parse(example.as_bytes()).unwrap().unwrap());
            if let Ok(Some(record)) = format.parse(line.as_bytes()) {
                prop_assert_eq!(server_wrote(&record), want, "{}", line);
            }
        }

        #[test]
        fn no_line_makes_a_format_stumble(line in any::<Vec<u8>>()) {
            read(&line);
        }

        #[test]
        fn nor_does_a_line_that_is_nearly_one(
            number in 0..FORMATS.len(),
            at in any::<prop::sample::Index>(),
            length in 0..40_usize,
            piece in "[ -~\t]{0,6}",
        ) {
            let mut line = FORMATS[number].example().lines().last().unwrap_or_default().as_bytes().to_vec();
            let from = at.index(line.len() + 1);
            let to = line.len().min(from + length);
            line.splice(from..to, piece.into_bytes());
            read(&line);
        }
    }
}
