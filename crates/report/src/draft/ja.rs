//! The draft in Japanese: a template of its own, in the words of the rule and of those who file such reports.

use std::io;

use accesslog::Time;
use detect::{Confidence, Severity};

use super::Draft;
use super::tables::{self, Cells, Left, digest};
use crate::document::{Seal, Story};
use crate::facts::{losses, silence_within};
use crate::markdown::{code, prose};
use crate::words::{second, thousands};

/// By how much Japan is ahead of UTC, in nanoseconds; it has no summer time.
const JAPAN_AHEAD: i64 = 9 * 3_600 * 1_000_000_000;

const CELLS: Cells = Cells {
    stages: [
        "探索（侵入口の探索）",
        "窃取（認証情報等の取得）",
        "使用（取得した認証情報の使用）",
        "大量取得（データの取得）",
    ],
    outcomes: ["成功", "不明", "失敗"],
    time: when,
    unknown: "ログに記録なし",
    tainted: "（ログが破損しており、当該行が実際に記録されたものでない可能性がある）",
    kept: |kept, all| {
        let (kept, all) = (thousands(kept), thousands(all));
        format!("保存済みレポートに行単位で記録されているのは{all}件中{kept}件であり、成功件数及び日時はこれによる。")
    },
    more: |more| format!("このほか{}件は、保存済みレポート（NDJSON）に記録されている。", thousands(more)),
    signal,
    stage_heads: ["段階", "リクエスト数", "うち成功", "最初の日時", "最後の日時"],
    way_heads: ["段階", "リクエストの内容", "リクエスト数", "うち成功", "ログ上の記載例"],
    impact_heads: [
        "経路（URLパス）又はバケット・接頭辞",
        "年月（UTC）",
        "リクエスト数",
        "成功",
        "成否不明",
        "バイト数",
        "異なるオブジェクト数（下限 - 上限）",
        "最初の成功日時",
        "最後の成功日時",
    ],
    evidence_heads: ["段階", "日時", "ログ:行", "アクセス元", "リクエスト", "検知した箇所", "成否", "当該行のSHA-256"],
    person_heads: ["識別子の種類", "漏えいした項目", "本人の数（下限）", "本人の数（上限）"],
    use_heads: [
        "アクセス元",
        "使用されたロール・アクセスキー",
        "使用されたプログラム",
        "リクエスト数",
        "成功",
        "操作の内訳",
    ],
    input_heads: ["ログ", "形式", "行数", "レコード数", "解釈不能行数", "最初の記録", "最後の記録", "SHA-256"],
};

/// The headings of the rule, each with the point of the GDPR that asks for the like.
const HEADINGS: [(&str, &str); 9] = [
    ("事案の概要", "第33条3項(a)（侵害の性質）"),
    ("漏えい等が発生し、又は発生したおそれがある個人データの項目", "第33条3項(a)（データ主体及び記録の種類）"),
    ("漏えい等が発生し、又は発生したおそれがある個人データに係る本人の数", "第33条3項(a)（データ主体及び記録の概数）"),
    ("発生原因", "第33条3項(a)（侵害の性質）"),
    ("二次被害又はそのおそれの有無及びその内容", "第33条3項(c)（予想される結果）"),
    ("本人への対応の実施状況", "第33条3項(d)（影響を軽減する措置）、第34条（本人への連絡）"),
    ("公表の実施状況", "第34条3項(c)（公的な通知）"),
    ("再発防止のための措置", "第33条3項(d)（講じた又は提案する措置）"),
    ("その他参考となる事項", "第33条3項(b)（連絡先）、第33条5項（文書化）"),
];

/// The signals that a stage can be known by.
const SIGNALS: [(&str, &str); 21] = [
    (
        "metadata-service",
        "サーバーを経由したクラウドのメタデータサービスへのアクセス（サーバーのロールの認証情報の取得）",
    ),
    ("credential-file", "認証情報を含むファイル（クラウドの鍵、環境変数、パスワード等）の要求"),
    ("secret-by-name", "秘密情報の項目名又は全項目を指定した要求"),
    ("secret-injection", "秘密情報を読み出す構文、テンプレート又はコマンドの注入"),
    ("lookup-string", "ログ出力ライブラリに解釈させる参照文字列の送信"),
    ("local-file", "サーバー内部のファイルの指定（ディレクトリトラバーサル）"),
    ("foreign-scheme", "Web以外のスキームのURLの指定"),
    ("internal-address", "内部ネットワーク又はサーバー自身のアドレスの指定"),
    ("repository", "公開されたソースコードリポジトリの内部ファイルの要求"),
    ("backup-file", "バックアップファイル、ダンプファイル等の要求"),
    ("debug-endpoint", "デバッグ用・管理用ページの要求"),
    ("configuration-file", "設定ファイルの要求"),
    ("log-file", "Web上に置かれたログファイルの要求"),
    ("hidden-file", "隠しファイルの要求"),
    ("key-material", "ログに現れた鍵"),
    ("callback-host", "外部への通信の可否を確認するためのホストの指定"),
    ("stranger-url", "通常URLを受け取らないパラメータへの外部URLの指定"),
    ("object-harvest", "多数の本人に係る記録の逐次取得"),
    ("odd-reply", "当該経路では通常見られない、鍵の文書に相当する大きさの応答"),
    ("key-use", "ロールの鍵の、通常と異なる場所、プログラム又は操作による使用"),
    ("telling-deed", "秘密情報の連続した読出し、外部への権限付与、証跡の停止等"),
];

fn signal(name: &str) -> String {
    let known = SIGNALS.iter().find(|(signal, _)| *signal == name);
    known.map_or_else(|| code(name), |(name, about)| format!("{about}（`{name}`）"))
}

/// A time in UTC, and in Japan.
fn when(time: Time) -> String {
    format!("{} UTC（日本時間 {}）", second(time), second(Time(time.0.saturating_add(JAPAN_AHEAD))))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "参考",
        Severity::Low => "低",
        Severity::Medium => "中",
        Severity::High => "高",
        Severity::Critical => "重大",
    }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Confirmed => "確認済み",
        Confidence::Probable => "可能性が高い",
        Confidence::Attempt => "試行にとどまる",
        Confidence::Anomaly => "通常と異なるにとどまる",
    }
}

/// What a person must fill in.
fn fill(what: &str) -> String {
    format!("**【要記入：{what}】**")
}

fn heading(number: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let (name, gdpr) = HEADINGS[number - 1];
    writeln!(out, "\n## {number}. {name}\n\n（施行規則第8条第1項第{number}号、GDPR{gdpr}）\n")
}

/// Writes the draft.
pub(super) fn write(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    opening(draft, out)?;
    heading(1, out)?;
    outline(draft, out)?;
    heading(2, out)?;
    items(draft, out)?;
    heading(3, out)?;
    persons(draft, out)?;
    heading(4, out)?;
    cause(draft, out)?;
    heading(5, out)?;
    harm(draft, out)?;
    heading(6, out)?;
    writeln!(out, "本項目については、ログからは判明しない。\n")?;
    writeln!(out, "- 本人への通知：{}", fill("通知の実施状況、実施日、方法、対象者数。困難な場合は代替措置"))?;
    writeln!(out, "- 本人からの問合せ窓口：{}", fill("窓口の名称、電話番号、受付時間"))?;
    heading(7, out)?;
    writeln!(out, "本項目については、ログからは判明しない。\n")?;
    writeln!(out, "- 公表：{}", fill("実施済み・実施予定・検討中・予定なしの別、公表日、方法、内容"))?;
    heading(8, out)?;
    prevention(draft, out)?;
    heading(9, out)?;
    other(draft, out)?;
    annexes(draft, out)
}

fn opening(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let version = prose(&draft.document.scan.version);
    writeln!(out, "# 個人データの漏えい等に関する報告書（案）\n")?;
    writeln!(
        out,
        "本書は、アクセスログの解析結果を保存したレポートに基づき、keytrace {version} が作成した下書きである。記載した事実は\
         ログから判明したものに限られる。{}とある箇所は報告者において記入し、提出前に全体を確認及び修正する必要がある。本書は法的\
         助言ではない。日時は協定世界時（UTC）を基準とし、日本時間（UTC+9）を併記した。年月の区分はUTCによる。\n",
        fill("…")
    )?;
    match draft.seal {
        Seal::Whole(sum) => {
            writeln!(out, "保存済みレポートは作成時から変更されていない（全行のSHA-256：{}）。", digest(sum))?;
        }
        Seal::Broken => {
            writeln!(
                out,
                "**保存済みレポートの封印値が一致しない。作成後に変更されており、本書の数値は信頼できない。**"
            )?;
        }
        Seal::Missing => {
            writeln!(
                out,
                "**保存済みレポートに封印値がない。末尾が失われており、本書の数値は不足している可能性がある。**"
            )?;
        }
    }
    if draft.document.has_loss() {
        writeln!(out, "\n**一部のログを読み取れていない（9.を参照）。本書の数値はいずれも下限値である。**")?;
    }
    writeln!(out, "\n- 報告者：{}", fill("名称、住所、代表者の氏名、業種"))?;
    writeln!(
        out,
        "- 事務連絡者（GDPR第33条3項(b)の連絡先を兼ねる場合はその旨）：{}",
        fill("所属、氏名、電話番号、メールアドレス")
    )?;
    writeln!(out, "- 事態を知った日時：{}", fill("年月日、時刻。ログからは判明しない"))?;
    writeln!(out, "- 報告の種別：{}", fill("速報・確報の別、新規・続報の別"))?;
    writeln!(out, "- 報告対象事態の該当性：{}", fill("施行規則第7条各号のいずれに該当するか"))?;
    writeln!(out, "\n## 報告の期限\n")?;
    writeln!(out, "| 根拠 | 報告 | 期限（事態を知った時点から起算） |\n| --- | --- | --- |")?;
    writeln!(
        out,
        "| 個人情報保護法第26条第1項、施行規則第8条第1項 | 速報 | 速やかに（ガイドラインでは概ね3～5日以内） |"
    )?;
    writeln!(out, "| 施行規則第8条第2項 | 確報 | 30日以内（不正の目的をもって行われたおそれがある場合は60日以内） |")?;
    writeln!(out, "| GDPR第33条1項 | 監督機関への通知 | 可能な場合は72時間以内（超過するときは理由を付す） |")?;
    writeln!(out, "| GDPR第33条4項 | 追加情報の提供 | 不当な遅滞なく、段階的に |")?;
    writeln!(out, "\n## 記載事項の対応\n")?;
    writeln!(out, "| 本書の項目 | 施行規則 | GDPR |\n| --- | --- | --- |")?;
    for (place, (name, gdpr)) in HEADINGS.iter().enumerate() {
        let number = place + 1;
        writeln!(out, "| {number}. {name} | 第8条第1項第{number}号 | {gdpr} |")?;
    }
    Ok(())
}

/// Does something for each incident, under its own heading where there are several.
fn each(
    draft: &Draft<'_>,
    out: &mut dyn io::Write,
    tell: impl Fn(&Story, &mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    for story in &draft.stories {
        if 1 < draft.stories.len() {
            writeln!(out, "\n### 事案 {}\n", code(&story.incident.id))?;
        }
        tell(story, out)?;
    }
    Ok(())
}

fn outline(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        let incident = &story.incident;
        let time = |time: Option<Time>| time.map_or(CELLS.unknown.to_owned(), when);
        writeln!(out, "ログから判明した不正アクセスの状況は、次のとおりである。\n")?;
        writeln!(out, "- 事案の識別子：{}", code(&incident.id))?;
        writeln!(out, "- 期間：{}から{}まで", time(incident.first_seen), time(incident.last_seen))?;
        writeln!(
            out,
            "- 関連するリクエスト：{}件（うち成功{}件）",
            thousands(incident.findings),
            thousands(incident.successes)
        )?;
        writeln!(out, "- アクセス元：{}か所", thousands(incident.actor_count))?;
        writeln!(
            out,
            "- keytraceによる評価：重大度「{}」、確度「{}」",
            severity(incident.severity),
            confidence(incident.confidence)
        )?;
        writeln!(out, "- 解析結果の要約（英語原文）：{}. {}", incident.title.in_prose(), incident.told().in_prose())?;
        tables::stages(story, &CELLS, out)?;
        writeln!(out)
    })?;
    writeln!(out, "- 発覚の経緯：{}", fill("発覚日、発見者、発覚の端緒"))?;
    writeln!(out, "- 対象のサービス及びシステム：{}", fill("名称、用途、委託の有無、委託先の名称"))?;
    writeln!(out, "- 事実経過：{}", fill("発生日、発覚日、その後の対応を時系列で"))
}

fn items(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "ログからは、データが取得された場所、時期及び量は判明するが、その内容は判明しない。取得された場所及び年月ごとの状況は、次の\
         とおりである。"
    )?;
    each(draft, out, |story, out| match story.impact.is_empty() {
        true => writeln!(out, "\n本事案によりデータが取得された事実は、ログからは確認されていない。"),
        false => tables::impact(story, &CELLS, out),
    })?;
    writeln!(
        out,
        "\n- 各場所に保存されていた個人データの項目：{}",
        fill("氏名、住所、電話番号、メールアドレス、購入履歴、画像等")
    )?;
    writeln!(out, "- 要配慮個人情報、クレジットカード情報等：{}", fill("含まれるか否か、含まれる場合はその項目"))?;
    writeln!(
        out,
        "- 個人データの取得・登録期間：{}",
        fill("いつからいつまでに取得したデータか。上表の年月はデータが取得された時期であり、これとは異なる")
    )?;
    writeln!(out, "- 本人の種類：{}", fill("顧客、従業員等の別"))
}

fn persons(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        let left = Left::of(&story.impact);
        writeln!(
            out,
            "取得された異なるオブジェクト（記録又はファイル）の数は{}、成功したリクエストは{}件、合計{}バイトである。",
            left.objects(),
            thousands(left.successes),
            thousands(left.bytes)
        )?;
        if 0 < left.unknown {
            writeln!(out, "このほか{}件のリクエストは、成否がログからは判明しない。", thousands(left.unknown))?;
        }
        counted(story, out)?;
        if let Some((empty, all, width)) = silence_within(&draft.document.scan, &story.incident) {
            writeln!(
                out,
                "\n上限は確定できない。本事案の最初のリクエストから最後のリクエストまでを{}分ごとに区切った{}区間のうち{}区間には、いずれのログにも\
                 リクエストの記録がない。この間に取得されたものがあっても、上記の数には含まれない。",
                width / 60,
                thousands(all),
                thousands(empty)
            )?;
        }
        writeln!(out)
    })?;
    writeln!(
        out,
        "オブジェクトの数は本人の数ではない。一人の本人に複数のオブジェクトがある場合や、ログや表のように一つのオブジェクトに多数の\
         本人が含まれる場合がある。上記の数は2.の全ての場所の合計であり、認証情報の窃取に用いられた場所を含む。二つの数を示した箇所では、\
         ログの範囲において実数はその間にある。\n"
    )?;
    writeln!(out, "- 本人の数：{}", fill("人数（確定・概数・上限の別）及びオブジェクトからの算定方法"))?;
    writeln!(out, "- 項目の組合せごとの本人の数：{}", fill("例：氏名及び住所 ○人、画像 ○人"))?;
    writeln!(out, "- 国外の本人：{}", fill("該当する国又は地域及び人数"))
}

/// The persons that the organisation's own map of its data tells apart.
fn counted(story: &Story, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(of) = &story.incident.contents {
        writeln!(
            out,
            "\n取得されたオブジェクトの内容を、報告者が保管する同名のファイルにより確認した。設定に該当するオブジェクト{}件のうち、全体が取得さ\
             れ、かつ末尾まで読み取れたもの{}件、一部のみ取得された可能性があるもの{}件、ファイルが見つからないもの{}件、末尾まで読み取れ\
             なかったもの{}件。設定に該当しないオブジェクト{}件。識別子を読み取れなかった行{}件。",
            thousands(of.objects),
            thousands(of.whole),
            thousands(of.in_part),
            thousands(of.missing),
            thousands(of.unread),
            thousands(of.without_entry),
            thousands(of.unnamed)
        )?;
        if of.is_open() {
            writeln!(out, "したがって、本人の数は以下の数を上回る可能性があり、上限は確定していない。")?;
        }
    }
    if story.incident.persons.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n報告者の設定（`keytrace.toml`）が定める識別子により、本人を重複なく数えた結果は、漏えいした項目の組合せごとに次のとおりである。下限は\
         漏えいが確実な本人の数、上限は成否がログから判明しないリクエストによる可能性を含めた数である。"
    )?;
    tables::persons(story, &CELLS, out)?;
    writeln!(out)?;
    for (kind, least) in tables::persons_least(story) {
        writeln!(out, "- 合計（識別子の種類 {}）：少なくとも{}人", kind.in_code(), thousands(least))?;
    }
    Ok(())
}

fn cause(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        writeln!(out, "段階ごとのリクエストの内容は、次のとおりである。")?;
        tables::ways(story, &CELLS, out)?;
        writeln!(out, "\n判断の根拠（検知した事象。説明は英語原文）：\n")?;
        for reason in &story.incident.why {
            let (name, seen) = (code(&reason.signal), reason.seen.in_code());
            writeln!(out, "- {name}：観測 {seen}、通常 {}", reason.expected.in_prose())?;
        }
        writeln!(out, "\n根拠となるログの行は、別紙1に示す。\n")
    })?;
    writeln!(out, "- 悪用された脆弱性又は設定の不備：{}", fill("内容、存在していた期間、発見に至らなかった理由"))?;
    writeln!(out, "- アプリケーションのログ又は再現試験による確認：{}", fill("確認した事項及び方法"))
}

fn harm(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        writeln!(out, "ログから判明した、取得された認証情報の使用及びデータの取得の状況：")?;
        if !tables::uses(story, &CELLS, out)? {
            writeln!(
                out,
                "\n読み取ったログからは、いずれも確認されていない。ただし、認証情報が使用された先のサービスのログがなければ、これを確認することはできない。"
            )?;
        }
        writeln!(out)
    })?;
    writeln!(out, "取得されたデータが第三者に提供され、又は悪用されたか否かは、アクセスログからは判明しない。\n")?;
    writeln!(
        out,
        "- 現時点で確認された二次被害：{}",
        fill("有無、内容、確認日。なりすまし、不正利用、外部への公開等")
    )?;
    writeln!(out, "- 二次被害のおそれ及び本人への影響：{}", fill("個人データの項目を踏まえた評価"))
}

fn prevention(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        if !story.incident.next.is_empty() {
            writeln!(
                out,
                "解析結果に基づきkeytraceが提案する措置（英語原文。実施済みであることを示すものではない）：\n"
            )?;
        }
        story.incident.next.iter().try_for_each(|advice| writeln!(out, "- [ ] {}", prose(advice)))?;
        writeln!(out)
    })?;
    writeln!(out, "- 実施済みの措置：{}", fill("アクセスの遮断、認証情報の失効、脆弱性の修正等、内容及び実施日時"))?;
    writeln!(
        out,
        "- 措置後の不正アクセスの有無：{}",
        fill("`keytrace check --since 日時` の結果及びログが存在する時間の割合")
    )?;
    writeln!(out, "- 今後実施予定の措置：{}", fill("内容及び完了予定時期（技術的、組織的安全管理措置の別）"))
}

fn other(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = &draft.document.scan;
    writeln!(out, "### ログに記録されていない事項\n")?;
    let span = scan.totals.first.zip(scan.totals.last);
    let span = span.map_or("不明".to_owned(), |(first, last)| format!("{}から{}まで", when(first), when(last)));
    writeln!(out, "- ログの対象期間：{span}。その前後については判明しない。")?;
    if scan.window.since.or(scan.window.until).is_some() {
        let end = |time: Option<Time>| time.map_or("限定せず".to_owned(), when);
        let (since, until) = (end(scan.window.since), end(scan.window.until));
        writeln!(out, "- 上記のうち解析の対象とした期間：始期 {since}、終期 {until}（終期の時点を含まない）")?;
    }
    if let Some((empty, all, width)) = tables::silence(scan) {
        let (empty, all, minutes) = (thousands(empty), thousands(all), width / 60);
        writeln!(
            out,
            "- 解析した期間を{minutes}分ごとに区切った{all}区間のうち、いずれのログにもリクエストの記録がない区間：{empty}区間（通信がなかったか、\
             記録されなかったかは判明しない）"
        )?;
    }
    let (faults, lines) = (thousands(scan.totals.faults), thousands(scan.totals.lines));
    writeln!(out, "- レコードとして解釈できなかった行：{lines}行のうち{faults}行")?;
    match losses(scan).next() {
        None => writeln!(out, "- 指定された全てのログを末尾まで読み取った。")?,
        Some(_) => {
            writeln!(out, "- 読み取れなかった、又は末尾まで読み取れなかったもの（理由は英語原文）：\n")?;
            tables::lost(scan, &CELLS, out)?;
            writeln!(out)?;
        }
    }
    for not_run in &scan.not_run {
        writeln!(
            out,
            "- 検査できなかった検知項目：{}（理由（英語原文）：{}）",
            code(&not_run.signal),
            prose(&not_run.because)
        )?;
    }
    for limit in &scan.limits_reached {
        writeln!(
            out,
            "- 解析上の上限に達した項目：{}（上限{}。影響（英語原文）：{}）",
            code(&limit.name),
            thousands(limit.limit),
            prose(&limit.meaning)
        )?;
    }
    writeln!(out, "\n### アクセスログから判明し得ない事項\n")?;
    for line in [
        "リクエスト本文及び応答本文の内容（成否は、ステータス、応答の大きさ及びその後の通信から推定した）",
        "アクセス元アドレスの背後にいる者及びその人数",
        "提出を受けていないログ、又はサービスが出力しないログに係る行為",
        "機器間の時計のずれ（日時はログの記載による）",
        "取得されたデータのその後の取扱い",
    ] {
        writeln!(out, "- {line}")?;
    }
    writeln!(out, "\n### その他\n")?;
    writeln!(out, "- 他の行政機関、警察、委託元・委託先、保険会社等への報告：{}", fill("報告先及び日時"))?;
    writeln!(out, "- 報告が遅れた場合の理由：{}", fill("理由"))?;
    let rest = draft.document.stories.len() - draft.stories.len();
    let whether = fill("本事案との関連及び別途の報告の要否");
    match rest as u64 {
        0 => writeln!(out, "- 保存済みレポートに、他の検知事案はない。"),
        rest => {
            writeln!(out, "- 保存済みレポートに含まれる他の検知事案（本書に記載なし）：{}件 {whether}", thousands(rest))
        }
    }
}

fn annexes(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n## 別紙1　根拠となるログの行\n")?;
    writeln!(
        out,
        "段階ごとに、成功したリクエスト（成功したものがない段階では全てのリクエスト）の最初及び最後のものを示す。「#」は、一つの文書に\
         複数のレコードがある場合の番号である。"
    )?;
    each(draft, out, |story, out| tables::evidence(story, &CELLS, out))?;
    writeln!(out, "\n## 別紙2　解析したログ\n")?;
    writeln!(
        out,
        "保存済みレポート及び以下のログがあれば、`keytrace verify` により、ファイル及び行ごとに照合することができる。"
    )?;
    tables::inputs(&draft.document.scan, &CELLS, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_a_stage_has_japanese_words() {
        let objectives = detect::SIGNALS.iter().filter(|signal| signal.role() == detect::Role::Objective);
        let objectives: Vec<&str> = objectives.map(|signal| signal.name()).collect();
        assert_eq!(objectives, SIGNALS.map(|(name, _)| name));
    }

    #[test]
    fn a_time_is_told_in_both_zones() {
        let time = Time(1_715_199_841_000_000_000);
        assert_eq!(when(time), "2024-05-08 20:24:01 UTC（日本時間 2024-05-09 05:24:01）");
    }
}
