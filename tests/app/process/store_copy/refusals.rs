//! What `portico store copy` refuses, and what services refuse after it.

use super::{Kind, Stores};
use crate::process::online_check::redis_server::{cluster, is_here};
use crate::support::{Running, SESSION, client, eventually, free_port, portico, run};

#[tokio::test]
async fn stores_in_use_and_stores_that_hold_something_are_left_alone() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let served = stores.served(Kind::File).await;
    let (kept, ended) = (served.browser(), served.browser());
    for browser in [&kept, &ended] {
        browser.begins("password").await.expect(303);
    }
    let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
    assert_eq!(code, 1);
    assert!(said.contains("is in use by another process"), "{said}");
    let served = served.away_while(async |variables: &mut Vec<(String, String)>| {
        let (code, said) = stores.copy(Kind::File, Kind::Redis, &["--dry-run", "--json"]).await;
        assert_eq!(code, 0, "{said}");
        let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(
            (&answer["sessions"], &answer["dry_run"]),
            (&2.into(), &true.into()),
            "{said}"
        );
        assert_eq!(
            stores
                .redis
                .command::<u64>(&["EXISTS", "{portico}:ends"])
                .await
                .unwrap(),
            0
        );
        assert_eq!(stores.copy(Kind::File, Kind::Redis, &[]).await.0, 0);
        stores.choose(Kind::Redis, variables);
    });
    let served = served.await;
    let cookie = ended.cookie(SESSION).unwrap();
    ended.signs_out().await.expect(303);
    // The file in which the session lives is out of the way, and Redis is in use.
    assert!(!stores.path("portico.redb").exists());
    for more in [&["--replace"][..], &[]] {
        let (code, said) = stores.copy(Kind::Redis, Kind::File, more).await;
        assert_eq!(code, 1);
        assert!(said.contains("a service is using the store of --from"), "{said}");
    }
    assert_eq!(stores.copy(Kind::Redis, Kind::File, &["--dry-run"]).await.0, 0);
    let served = stores.moves(served, Kind::Redis, Kind::File).await;
    assert_eq!(kept.session().await["active"], true);
    ended.plants_cookie(SESSION, &cookie);
    assert_eq!(ended.session().await["active"], false);

    // A replica that is started on Redis by mistake lets nobody in: not even who has signed out since.
    let mut variables = served.variables.clone();
    stores.choose(Kind::Redis, &mut variables);
    let port = free_port();
    variables.push(("PORTICO_LISTEN".to_owned(), format!("127.0.0.1:{port}")));
    variables.push(("PORTICO_OPS__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
    let mut replica = portico(&["serve"]);
    replica.envs(variables);
    let replica = Running::start(replica);
    let log = || replica.complaints();
    eventually("the refusal", async || {
        log().contains("was copied elsewhere, where sessions may have ended")
    })
    .await;
    let request = client().get(format!("http://127.0.0.1:{port}/session"));
    let host = served.base.strip_prefix("http://").unwrap();
    let request = request
        .header("host", host)
        .header("cookie", format!("{SESSION}={cookie}"));
    assert_eq!(request.send().await.unwrap().status(), 503);
    drop(replica);
    let served = served.away_while(async |_: &mut Vec<(String, String)>| {
        let (code, said) = stores.copy(Kind::Redis, Kind::File, &["--replace"]).await;
        assert_eq!(code, 1);
        assert!(
            said.contains("would bring back sessions that have ended since"),
            "{said}"
        );
        // Where something is, it is deleted only when told to.
        stores.settings(Kind::Redis, "keys.toml", "prefix = \"other\"\n");
        assert_eq!(stores.copy(Kind::File, Kind::Redis, &[]).await.0, 0);
        std::fs::rename(stores.path("portico.redb.copied"), stores.path("portico.redb")).unwrap();
        let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
        assert_eq!(code, 1);
        assert!(said.contains("holds 1 sessions; nothing was copied"), "{said}");
        let (code, said) = stores.copy(Kind::File, Kind::Redis, &["--replace"]).await;
        assert!(code == 0 && said.contains("1 session,"), "{said}");
        std::fs::rename(stores.path("portico.redb.copied"), stores.path("portico.redb")).unwrap();
    });
    let served = served.await;
    assert_eq!(kept.session().await["active"], true);
    drop(served);
}

#[tokio::test]
async fn a_copy_that_broke_off_is_used_by_nobody_and_is_made_again() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let served = stores.served(Kind::File).await;
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    let served = served.away_while(async |variables: &mut Vec<(String, String)>| {
        let () = stores
            .redis
            .command(&["ACL", "SETUSER", "default", "-sadd"])
            .await
            .unwrap();
        let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
        assert_eq!(code, 1);
        assert!(
            said.contains("it is not finished, and no service starts with it"),
            "{said}"
        );
        assert!(stores.path("portico.redb").exists(), "the store is as it was");
        let format: String = stores
            .redis
            .command(&["HGET", "{portico}:meta", "format"])
            .await
            .unwrap();
        assert_eq!(format, "copying");
        let () = stores
            .redis
            .command(&["ACL", "SETUSER", "default", "+sadd"])
            .await
            .unwrap();
        let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
        assert!(code == 0 && said.contains("1 session,"), "{said}");
        stores.choose(Kind::Redis, variables);
    });
    let served = served.await;
    assert_eq!(browser.session().await["active"], true);
    browser.signs_out().await.expect(303);
    drop(served);
}

#[tokio::test]
async fn another_key_ring_and_a_redis_that_is_away_are_told_before_anything_is_written() {
    if !is_here() {
        return;
    }
    let mut stores = Stores::new().await;
    let served = stores.served(Kind::File).await;
    served.browser().begins("password").await.expect(303);
    served.process.send_sigterm();
    assert_eq!(served.process.ends().await.0, Some(0));
    stores.new_ring("other.toml");
    stores.settings(Kind::Redis, "other.toml", "");
    let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
    assert_eq!(code, 1);
    assert!(said.contains("the key ring of --to lacks a key of --from"), "{said}");
    stores.settings(Kind::Redis, "keys.toml", "");
    stores.redis.kill();
    let (code, said) = stores.copy(Kind::File, Kind::Redis, &[]).await;
    assert_eq!(code, 1);
    assert!(
        said.contains("the store of --to: ") && said.to_lowercase().contains("connection refused"),
        "{said}"
    );
    stores.redis.restart().await;
    let from = stores.path("File.toml").display().to_string();
    let (code, said) = {
        let mut command = portico(&["store", "copy", "--from", &from, "--to", &from]);
        command.env("PORTICO_STORE__PATH", "/nowhere");
        let (code, _, complaints) = run(command);
        (code, complaints)
    };
    assert_eq!(code, 2);
    assert!(
        said.contains("PORTICO_STORE__PATH is set and would change both stores"),
        "{said}"
    );
    let (code, said) = stores.copy(Kind::File, Kind::File, &[]).await;
    assert_eq!(code, 1);
    assert!(said.contains("both settings name the same store"), "{said}");
    assert!(stores.path("portico.redb").exists());
}

#[tokio::test]
async fn a_cluster_takes_a_copy_and_gives_it_back() {
    if !is_here() {
        return;
    }
    let stores = Stores::new().await;
    let nodes = cluster().await;
    let nodes: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    let served = stores.served(Kind::File).await;
    let browser = served.browser();
    browser.begins("password").await.expect(303);
    let waiting = served.browser();
    let page = waiting.reaches("otp", "otp").await;
    let single = std::fs::read_to_string(stores.path("Redis.toml")).unwrap();
    let url = format!("redis://127.0.0.1:{}", stores.redis.port());
    let url_of_cluster = format!("redis+cluster://{}", nodes.join(","));
    std::fs::write(stores.path("Redis.toml"), single.replace(&url, &url_of_cluster)).unwrap();
    let served = served.away_while(async |_: &mut Vec<(String, String)>| {
        for (from, to) in [(Kind::File, Kind::Redis), (Kind::Redis, Kind::File)] {
            let (code, said) = stores.copy(from, to, &[]).await;
            assert!(code == 0 && said.contains("1 session, 2 sign-ins"), "{said}");
        }
    });
    let served = served.await;
    assert_eq!(browser.session().await["active"], true);
    let code = served.okta.phone("otp").otp().unwrap();
    waiting.enters_code(&page, &code).await.expect(303);
    assert!(waiting.is_signed_in());
}
