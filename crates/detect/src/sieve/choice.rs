//! By which of its bytes a needle is known: those that are rare in ordinary requests, and few for all needles together.
//!
//! The fewer bytes are known the fewer texts are let through by chance, so needles that are akin share them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use hashbrown::HashSet;

use super::word;

/// Runs of so many bytes, which each of some needles holds one of.
pub(super) struct Chosen<'n> {
    long: usize,
    runs: HashSet<&'n [u8]>,
}

impl<'n> Chosen<'n> {
    /// Those of needles that are no shorter.
    pub(super) fn of(long: usize, needles: impl Iterator<Item = &'n [u8]>) -> Chosen<'n> {
        let mut count = 0;
        let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (place, needle) in needles.enumerate() {
            let rarest = needle.windows(long).map(rarity).max().unwrap_or(0);
            for run in needle.windows(long).filter(|run| rarest <= rarity(run) + SLACK) {
                let holders = holders.entry(run).or_default();
                if holders.last() != Some(&place) {
                    holders.push(place);
                }
            }
            count += 1;
        }
        let mut by_use: Vec<(&[u8], Vec<usize>)> = holders.into_iter().collect();
        by_use.sort_by_key(|(run, holders)| (Reverse(holders.len()), *run));
        let mut is_held = vec![false; count];
        let mut runs = HashSet::new();
        for (run, holders) in by_use {
            if holders.iter().any(|holder| !is_held[*holder]) {
                holders.iter().for_each(|holder| is_held[*holder] = true);
                runs.insert(run);
            }
        }
        Chosen { long, runs }
    }

    /// Where in one of the needles the rarest of the runs stands.
    pub(super) fn place_in(&self, needle: &[u8]) -> usize {
        let held = needle.windows(self.long).enumerate().filter(|(_, run)| self.runs.contains(run));
        held.max_by_key(|(_, run)| rarity(run)).expect("every needle holds one that was chosen").0
    }
}

/// How much less rare than the rarest a run may be to be shared.
const SLACK: u32 = 1;

/// How rare a run is in ordinary requests: as rare as the commonest of the pieces that it is known by.
fn rarity(run: &[u8]) -> u32 {
    run.windows(PIECE.min(run.len())).map(rarity_of_piece).min().unwrap_or(0)
}

/// How many bytes are asked for together at most.
const PIECE: usize = 4;

fn rarity_of_piece(piece: &[u8]) -> u32 {
    static USUAL: LazyLock<[HashSet<u32>; 2]> =
        LazyLock::new(|| [PIECE - 1, PIECE].map(|long| ORDINARY.as_bytes().windows(long).map(word).collect()));
    let rarity = piece.iter().map(|byte| rarity_of_byte(*byte)).sum::<u32>();
    let is_usual = USUAL[usize::from(piece.len() == PIECE)].contains(&word(piece));
    if is_usual { rarity / 4 } else { rarity }
}

/// What stands in the targets of ordinary requests, whatever the site.
const ORDINARY: &str = "?product_id=&product=?product=/products/product-category/categories/collections/images/image/img/assets/static/media/uploads/\
    files/file/thumbs/thumbnail/api/v1/v2/v3/orders/order/cart/checkout/account/customer/users/user/profile/search?q=query=\
    &page=&per_page=&limit=&offset=&sort=&order=&id=?id=?page=?ver=?v=/blog/news/articles/article/posts/post/tags/tag/\
    comments/comment/feed/rss/index.html.htm.php.js.css.png.jpg.jpeg.gif.webp.svg.woff2.woff.ico.json.xml.txt.pdf.mp4.zip\
    app.js/vendor.js/main.js/bundle.js/proxy/&with=/logs/log/conference/web/website/logging/metrics/console/description/security/downloads/download.html/ing.html/ion.html/cache/systems/system/windows/key-/back-/attend/group/groups/manage/management/?com=/wp-content/plugins/themes/wp-includes/wp-json/wp-admin/admin-ajax/jquery.min.js/bootstrap.min.css/fonts/scripts/styles/\
    javascript/locales/language/pages/content/contact/about/help/support/login/logout/register/session/settings/download/\
    projects/project/events/event/video/videos/music/photos/photo/gallery/reviews/review/recommendations/notifications/\
    presentations/resources/resource/details/detail/view/show/list/item/items/shop/store/stores/brand/price/filter/filters/\
    https://www.http://.com/.co.jp/.org/.net/utm_source=&utm_medium=&utm_campaign=google/facebook/twitter/analytics/tracking/\
    favicon.ico/robots.txt/sitemap.xml/service-worker.js/manifest.json/graphql/socket.io/application/module/modules/component/\
    components/template/templates/production/development/version/release/latest/public/private/mobile/desktop/default/";

/// How rare a byte is in the targets of ordinary requests, from their letters' usual shares.
fn rarity_of_byte(byte: u8) -> u32 {
    match byte {
        b'/' | b'e' | b'a' | b't' | b'o' | b'i' | b's' | b'r' | b'n' => 1,
        b'c' | b'p' | b'l' | b'd' | b'm' | b'u' | b'0' | b'1' | b'2' => 2,
        b'g' | b'h' | b'b' | b'f' | b'=' | b'.' | b'-' | b'3'..=b'9' => 3,
        b'v' | b'w' | b'k' | b'y' | b'&' | b'?' | b'_' | b'%' => 4,
        b'x' | b'j' | b'z' | b'q' | b':' | b'+' | b' ' => 6,
        _ => 9,
    }
}
