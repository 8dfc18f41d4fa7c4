//! An account that other machines can reach.

use local_account::ClientError;

use crate::{DoorWorld, status};

fn signed(key: &str, action: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/sts/aws4_request, \
         SignedHeaders=host, Signature=00\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{action}",
        action.len()
    )
}

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";

#[tokio::test]
async fn other_machines_need_the_token_or_a_session() {
    let world = DoorWorld::start([0, 0, 0, 0], &[]).await;
    let token = world.account.token().unwrap().to_owned();
    assert_eq!(world.account.access_key_id(), token);
    assert_eq!(
        world.account.endpoint_url(),
        format!("http://127.0.0.1:{}", world.port())
    );
    for key in ["local", "AKIAIOSFODNN7EXAMPLE", &token[1..]] {
        let answer = world.send(&signed(key, WHO)).await;
        assert_eq!(status(&answer), 403, "{key}: {answer}");
        // The error of STS for an unknown key.
        assert!(
            answer.contains("<Code>InvalidClientTokenId</Code>"),
            "{answer}"
        );
        assert!(answer.contains("AWS_ACCESS_KEY_ID"), "{answer}");
    }
    let answer = world.send(&signed(&token, WHO)).await;
    assert_eq!(status(&answer), 200, "{answer}");

    // {"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}
    let role = "Action=CreateRole&Version=2010-05-08&RoleName=guest&AssumeRolePolicyDocument=%7B%22\
                Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%2C%22\
                Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let created = signed(&token, role).replace("/sts/", "/iam/");
    let answer = world.send(&created).await;
    assert_eq!(status(&answer), 200, "{answer}");
    let assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&\
                  RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fguest";
    let begun = world.send(&signed(&token, assume)).await;
    let session = begun
        .split_once("<AccessKeyId>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .unwrap_or_else(|| panic!("{begun}"))
        .0;
    let answer = world.send(&signed(session, WHO)).await;
    assert_eq!(status(&answer), 200, "{answer}");
    let own = signed(session, "").replace("POST / ", "DELETE /_local/requests ");
    let answer = world.send(&own).await;
    assert_eq!(status(&answer), 403, "{answer}");

    // A user's access key is admitted to the services, too.
    for action in ["CreateUser", "CreateAccessKey"] {
        let form = format!("Action={action}&Version=2010-05-08&UserName=ann");
        let answer = world
            .send(&signed(&token, &form).replace("/sts/", "/iam/"))
            .await;
        assert_eq!(status(&answer), 200, "{answer}");
        let Some((_, rest)) = answer.split_once("<AccessKeyId>") else {
            continue;
        };
        let key = rest.split('<').next().unwrap();
        let answer = world.send(&signed(key, WHO)).await;
        assert_eq!(status(&answer), 200, "{answer}");
        assert!(answer.contains(":user/ann</Arn>"), "{answer}");
        let own = signed(key, "").replace("POST / ", "DELETE /_local/requests ");
        let answer = world.send(&own).await;
        assert_eq!(status(&answer), 403, "{answer}");
    }
    world.account.shutdown().await;
}

#[tokio::test]
async fn the_own_interface_accepts_the_token_once_in_the_address() {
    let world = DoorWorld::start([0, 0, 0, 0], &[]).await;
    let token = world.account.token().unwrap().to_owned();
    let get = |path: &str, more: &str| {
        format!(
            "GET /_local/{path} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n{more}\r\n"
        )
    };
    for path in ["health", "messages?token=guess", "messages?token="] {
        let answer = world.send(&get(path, "")).await;
        assert_eq!(status(&answer), 403, "{path}: {answer}");
    }
    let answer = world
        .send(&get(&format!("messages?token={token}"), ""))
        .await;
    assert_eq!(status(&answer), 303, "{answer}");
    let header = |name: &str| {
        let lines = answer.lines().filter_map(|line| line.split_once(": "));
        let found = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(header("location"), "/_local/messages");
    let cookie = header("set-cookie");
    let parts: Vec<_> = cookie.split("; ").collect();
    for part in ["HttpOnly", "SameSite=Strict"] {
        assert!(parts.contains(&part), "{cookie}");
    }
    let answer = world
        .send(&get("messages", &format!("Cookie: a=b; {}\r\n", parts[0])))
        .await;
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(answer.ends_with("[]"), "{answer}");
    world.account.shutdown().await;
}

#[tokio::test]
async fn the_client_signs_with_the_token() {
    let world = DoorWorld::start([0, 0, 0, 0], &[]).await;
    assert_eq!(world.account.client().messages().await.unwrap(), []);
    let guest = local_account::LocalClient::new(world.account.endpoint_url());
    let refused = guest.messages().await.unwrap_err();
    assert!(
        matches!(&refused, ClientError::Refused(why) if why.contains("AWS_ACCESS_KEY_ID")),
        "{refused}"
    );
    world.account.shutdown().await;
}

#[tokio::test]
async fn an_account_on_a_loopback_address_has_no_token() {
    let world = DoorWorld::local().await;
    assert_eq!(world.account.token(), None);
    let answer = world.send(&signed("anything", WHO)).await;
    assert_eq!(status(&answer), 200, "{answer}");
    world.account.shutdown().await;
}
