//! Keys, tokens and cookies at the door.

use super::*;
use axum::http::{HeaderValue, Request};
use proptest::prelude::*;

const FUNCTION: &str = "ASIAFUNCTION0000000";
const SESSION: &str = "ASIASESSION00000000";
const USER: &str = "AKIAUSER0000000000";

struct OneFunction;

impl Functions for OneFunction {
    fn is_key(&self, access_key_id: &str) -> bool {
        access_key_id == FUNCTION
    }

    fn is_connection(&self, _peer: SocketAddr, _local: SocketAddr) -> bool {
        false
    }
}

fn door(token: Option<Token>) -> Door {
    let session_keys = SessionKeys::default();
    let answer = format!("<AccessKeyId>{SESSION}</AccessKeyId>");
    session_keys.note("sts", &local_wire::Response::new(answer.into()));
    Door::new(
        Vec::new(),
        4566,
        token,
        Arc::new(OneFunction),
        Arc::new(session_keys),
    )
}

fn admit(
    door: &Door,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
) -> Result<Admission, Refusal> {
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "192.168.1.7:4566");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    door.admit(&request.body(()).unwrap().into_parts().0)
}

fn signed(key: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/sts/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

#[test]
fn without_a_token_every_key_is_admitted() {
    let door = door(None);
    for key in ["local", FUNCTION, SESSION, USER, "AKIAIOSFODNN7EXAMPLE"] {
        let headers = [("authorization", signed(key))];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        assert_eq!(admit(&door, "POST", "/", &headers), Ok(Admission::Enter));
    }
    for uri in ["/_local/health", "/_local/messages?token=x"] {
        assert_eq!(admit(&door, "GET", uri, &[]), Ok(Admission::Enter));
    }
}

#[test]
fn keys_of_functions_and_sessions_cannot_use_the_own_interface() {
    for token in [None, Some(Token::random())] {
        let door = door(token);
        for key in [FUNCTION, SESSION] {
            let header = signed(key);
            let presigned = format!("X-Amz-Credential={key}/20261126/eu-west-1/sts/aws4_request");
            for (uri, headers) in [
                (
                    "/_local/calls".to_owned(),
                    vec![("authorization", header.as_str())],
                ),
                (format!("/_local/calls?{presigned}"), vec![]),
            ] {
                let refused = admit(&door, "POST", &uri, &headers);
                assert_eq!(refused, Err(Refusal::KeyOfFunction), "{uri}");
            }
        }
    }
}

#[test]
fn with_a_token_only_that_key_is_admitted() {
    let token = Token::random();
    let door = door(Some(token.clone()));
    let by_header = |key: &str| admit(&door, "POST", "/", &[("authorization", &signed(key))]);
    let by_query = |key: &str| {
        let uri = format!("/?X-Amz-Credential={key}/20261126/eu-west-1/sts/aws4_request");
        admit(&door, "GET", &uri, &[])
    };
    for key in [token.as_str(), FUNCTION, SESSION] {
        assert_eq!(by_header(key), Ok(Admission::Enter), "{key}");
        assert_eq!(by_query(key), Ok(Admission::Enter), "{key}");
    }
    for key in [
        "local",
        "",
        USER,
        &token.as_str()[1..],
        Token::random().as_str(),
    ] {
        assert_eq!(by_header(key), Err(Refusal::OtherKey), "{key}");
        assert_eq!(by_query(key), Err(Refusal::OtherKey), "{key}");
    }
}

#[test]
fn the_own_interface_accepts_the_token_in_three_places() {
    let token = Token::random();
    let door = door(Some(token.clone()));
    let text = token.as_str();
    for (method, uri, headers, refused) in [
        ("GET", "/_local/health", vec![], "no token"),
        (
            "POST",
            "/_local/calls",
            vec![("authorization", signed("local"))],
            "another access key id",
        ),
        (
            "GET",
            "/_local/health",
            vec![("cookie", "connect-local-4566=x".into())],
            "another token in its cookie",
        ),
        (
            "GET",
            "/_local/health",
            vec![("cookie", format!("connect-local-1={text}"))],
            "no token",
        ),
        (
            "GET",
            "/_local/health?token=x",
            vec![],
            "another token in its address",
        ),
        (
            "PUT",
            &format!("/_local/faults?token={text}"),
            vec![],
            "no token",
        ),
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let result = admit(&door, method, uri, &headers);
        assert_eq!(result, Err(Refusal::NoToken(refused)), "{method} {uri}");
    }
    let key = admit(
        &door,
        "POST",
        "/_local/calls",
        &[("authorization", &signed(text))],
    );
    assert_eq!(key, Ok(Admission::Enter));
    let cookies = format!("theme=dark; connect-local-4566={text}");
    let cookie = admit(&door, "GET", "/_local/health", &[("cookie", &cookies)]);
    assert_eq!(cookie, Ok(Admission::Enter));
    assert_eq!(
        admit(
            &door,
            "GET",
            &format!("/_local/authorizations?token={text}&role=a%20b"),
            &[]
        ),
        Ok(Admission::Remember {
            location: "/_local/authorizations?role=a+b".into(),
            cookie: format!("connect-local-4566={text}; Path=/_local/; HttpOnly; SameSite=Strict"),
        })
    );
}

#[test]
fn a_refusal_speaks_the_clients_protocol() {
    let text_of = |refusal: Refusal, headers: &[(&str, &str)]| {
        let mut request = Request::builder().method("POST").uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = refusal.answer(&request.body(()).unwrap().into_parts().0);
        assert_eq!(answer.status(), 403);
        String::from_utf8_lossy(answer.body()).into_owned()
    };
    let of = |service: &str| signed("local").replace("/sts/", &format!("/{service}/"));
    let page = || Refusal::OtherSite("cross-site".into());
    for (service, extra, code, key_code) in [
        (
            "dynamodb",
            ("x-amz-target", "DynamoDB_20120810.ListTables"),
            "\"__type\":\"AccessDeniedException\"",
            "\"__type\":\"UnrecognizedClientException\"",
        ),
        (
            "lambda",
            ("accept", "*/*"),
            "\"__type\":\"AccessDeniedException\"",
            "\"__type\":\"UnrecognizedClientException\"",
        ),
        (
            "sts",
            ("content-type", "application/x-www-form-urlencoded"),
            "<Code>AccessDenied</Code>",
            "<Code>InvalidClientTokenId</Code>",
        ),
        (
            "s3",
            ("accept", "*/*"),
            "<Error><Code>AccessDenied</Code>",
            "<Error><Code>InvalidAccessKeyId</Code>",
        ),
        (
            "ec2",
            ("content-type", "application/x-www-form-urlencoded"),
            "<Code>AccessDenied</Code>",
            "<Code>InvalidClientTokenId</Code>",
        ),
    ] {
        let headers = [
            ("authorization", of(service)),
            (extra.0, extra.1.to_owned()),
        ];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let body = text_of(page(), &headers);
        assert!(body.contains(code), "{service}: {body}");
        assert!(body.contains("Requests from web pages must"), "{body}");
        let body = text_of(Refusal::OtherKey, &headers);
        assert!(body.contains(key_code), "{service}: {body}");
        assert!(body.contains("Set AWS_ACCESS_KEY_ID"), "{body}");
    }
    let own: serde_json::Value = serde_json::from_str(&text_of(page(), &[])).unwrap();
    assert!(own["message"].is_string(), "{own}");
    let host = Refusal::OtherHost(format!("evil\n{}", "x".repeat(200)));
    let sentence = host.to_string();
    assert!(sentence.contains("--allow-host"), "{sentence}");
    assert!(
        !sentence.contains('\n') && sentence.len() < 500,
        "{sentence}"
    );
}

proptest! {
    /// Neither a text in place of the token nor a cookie around it is taken for the token.
    #[test]
    fn nothing_but_the_token_opens_the_own_interface(
        text in ".{0,40}", name in "[ -~]{0,24}", cut in 0..37_usize, is_part in any::<bool>(),
    ) {
        let token = Token::random();
        let door = door(Some(token.clone()));
        // A part of the token, with what stands before it or not.
        let text = if is_part { format!("{text}{}", &token.as_str()[cut..]) } else { text };
        prop_assume!(text.trim() != token.as_str());
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let mut requests = vec![(format!("/_local/health?token={encoded}"), None)];
        for cookie in [
            text.clone(),
            format!("connect-local-4566={text}"),
            format!("a=b; connect-local-4566={text}; c"),
            format!("{name}={}", token.as_str()),
        ] {
            requests.push(("/_local/health".to_owned(), Some(("cookie", cookie))));
        }
        let authorization = Some(("authorization", signed(&text)));
        requests.push(("/_local/calls".to_owned(), authorization));
        for (uri, header) in requests {
            let mut request = Request::builder().uri(&uri).header("host", "192.168.1.7:4566");
            if let Some((name, value)) = &header
                && let Ok(value) = HeaderValue::from_str(value)
            {
                request = request.header(*name, value);
            }
            let head = request.body(()).unwrap().into_parts().0;
            let is_cookie = name.split(';').any(|name| name.trim() == "connect-local-4566");
            let admitted = door.admit(&head).is_ok();
            prop_assert!(!admitted || is_cookie, "{uri} {header:?}");
        }
    }

    /// The door answers with a cookie and an address without the token, whatever else was in the address.
    #[test]
    fn the_token_never_stays_in_the_address(others in "[ -~]{0,40}") {
        let token = Token::random();
        let door = door(Some(token.clone()));
        let encoded: String = form_urlencoded::byte_serialize(others.as_bytes()).collect();
        let query = format!("a={encoded}&token={}&{encoded}", token.as_str());
        let admitted = admit(&door, "GET", &format!("/_local/messages?{query}"), &[]).unwrap();
        let Admission::Remember { location, cookie } = admitted else {
            panic!("{admitted:?}");
        };
        prop_assert!(!location.contains(token.as_str()), "{location}");
        prop_assert!(HeaderValue::from_str(&location).is_ok(), "{location}");
        let value = cookie.split(';').next().unwrap();
        prop_assert_eq!(
            admit(&door, "GET", "/_local/messages", &[("cookie", value)]),
            Ok(Admission::Enter)
        );
    }
}
