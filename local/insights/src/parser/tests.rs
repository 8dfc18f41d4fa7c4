use super::*;
use crate::syntax::Function;

fn refusal(query: &str) -> CompileError {
    match parse(query) {
        Ok(_) => panic!("{query} must be refused"),
        Err(error) => error,
    }
}

/// The queries on AWS's pages of the commands and in its samples, where they use what is implemented.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html>
#[test]
fn queries_of_the_documentation_are_read() {
    for query in [
        "fields @timestamp, @message | sort @timestamp desc | limit 25",
        "fields `foo-bar`, action, abs(f3-f4)",
        "fields f1, f2, f3 | filter (duration>2000)",
        "fields f1, f2 | filter (f1=10 or f3>25)",
        "fields f1 | filter statusCode like /2\\d\\d/",
        "fields f1, f2, f3 | filter f1 =~ /^(?i)Exception$/",
        "filter @message like /Exception/ \n| stats count(*) as exceptionCount by bin(1h)\n\
         | sort exceptionCount desc",
        "fields @message | filter @message not like /Exception/",
        "fields @timestamp, @message | filter logGroup in ['example_group']",
        "filter @type = \"REPORT\"\n| stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB,\n\
         min(@maxMemoryUsed / 1000 / 1000) as smallestMemoryRequestMB,\n\
         avg(@maxMemoryUsed / 1000 / 1000) as avgMemoryUsedMB,\n\
         max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB,\n\
         provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB",
        "filter @type = \"REPORT\" | stats avg(@duration), max(@duration), min(@duration) by bin(5m)",
        "stats sum(packets) as packetsTransferred by srcAddr, dstAddr\n\
         | sort packetsTransferred  desc\n| limit 15",
        "filter logStatus=\"SKIPDATA\"\n| stats count(*) by bin(1h) as t\n| sort t",
        "stats count(*) by queryType, bin(1h)",
        "filter (eventName=\"StartInstances\" or eventName=\"StopInstances\") and \
         awsRegion=\"us-east-2\"",
        "filter eventName=\"UpdateTrail\" and ispresent(errorCode)\n\
         | stats count(*) by errorCode, errorMessage",
        "parse @message \"user=*, method:*, latency := *\" as @user, @method, @latency \
         | stats avg(@latency) by @method, @user",
        "parse @message /(?<time>[0-9]{10}\\.[0-9]{1,3}) .* (?<code>[A-Z_]+\\/[0-9]{3}) \
         (?<url>[a-zA-Z.]+:[0-9]{1,5})/",
        "parse @message /(?<NetworkInterface>eni-.*?) / | display NetworkInterface, @message",
        "fields @timestamp, server, severity, message\n| sort @timestamp desc\n| dedup server",
        "fields @message | limit any 1",
        "fields isPresent(a) # a comment with | and 'quotes\n| filter isIpInSubnet(a, \"10.0.0.0/8\")",
        "FIELDS a | SORT a DESC",
    ] {
        assert!(parse(query).is_ok(), "{query}: {}", refusal(query));
    }
}

/// The sentence is what users report of the service, such as `unexpected symbol found ( at line 1 and
/// position 211` for `sort bin(1m)`; it also refuses `sort` behind `dedup`. Positions begin at 0, as
/// `<EOF>` shows that the service's parser is made by ANTLR.
#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    for (query, message) in [
        ("", "unexpected symbol found <EOF> at line 1 and position 0"),
        (
            "fields a |",
            "unexpected symbol found <EOF> at line 1 and position 10",
        ),
        (
            "count(*)",
            "unexpected symbol found count at line 1 and position 0",
        ),
        (
            "fields a\n| count()",
            "unexpected symbol found count at line 2 and position 2",
        ),
        (
            "fields a b",
            "unexpected symbol found b at line 1 and position 9",
        ),
        (
            "filter a == 1",
            "unexpected symbol found = at line 1 and position 10",
        ),
        (
            "filter a ~ 1",
            "unexpected symbol found ~ at line 1 and position 9",
        ),
        (
            "filter count(*) > 1",
            "unexpected symbol found ( at line 1 and position 12",
        ),
        (
            "fields md6(a)",
            "unexpected symbol found ( at line 1 and position 10",
        ),
        (
            "stats count(*) by bin(1m)\n| sort bin(1m) asc",
            "Unknown symbols found in or after stats: bin at line 2 and position 7",
        ),
        (
            "fields a | sort bin(1m)",
            "unexpected symbol found ( at line 1 and position 19",
        ),
        (
            "dedup a | sort @timestamp asc",
            "unexpected symbol found sort at line 1 and position 10",
        ),
        (
            "filter bin(5x) > 1",
            "unexpected symbol found 5x at line 1 and position 11",
        ),
        (
            "limit 2.5",
            "unexpected symbol found 2.5 at line 1 and position 6",
        ),
        (
            "limit 0",
            "a limit must be a whole number from 1 to 100000 at line 1 and position 6",
        ),
        (
            "parse @message \"a=*\" as b, c",
            "a pattern must have a name for each *, but has 1 of them and 2 names at line 1 and \
             position 15",
        ),
        (
            "pattern @message",
            "the local account does not support the command pattern at line 1 and position 0",
        ),
        (
            "stats count(*) as n by a | filter b > 1",
            "Unknown symbols found in or after stats: b at line 1 and position 34",
        ),
        (
            "stats max(a) - b",
            "Unknown symbols found in or after stats: b at line 1 and position 15",
        ),
        (
            "fields a as b | fields c as b",
            "Ephemeral field is already defined: b at line 1 and position 28",
        ),
        (
            "fields substr(a)",
            "substr takes from 2 to 3 arguments, not 1 at line 1 and position 7",
        ),
        (
            "stats pct(a, 101)",
            "a percentile must be a number from 0 to 100 at line 1 and position 13",
        ),
    ] {
        assert_eq!(refusal(query).message, message, "{query}");
    }
    let characters = |query| refusal(query).characters;
    assert_eq!(characters("filter 'é' ~ 1"), 11..12);
    assert_eq!(characters("fields a\n| count()"), 11..16);
}

#[test]
fn every_part_of_a_query_is_limited() {
    let longest = format!("fields {}", "a".repeat(MAX_LENGTH - 7));
    assert!(parse(&longest).is_ok());
    assert!(
        refusal(&format!("{longest}a"))
            .message
            .contains("has 10001")
    );
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("not ", ""),
        ("abs(", ")"),
        ("2^", ""),
    ] {
        let deep = |levels| format!("filter {}1{}", open.repeat(levels), close.repeat(levels));
        assert!(parse(&deep(60)).is_ok(), "{open}");
        let message = refusal(&deep(1_000)).message;
        assert!(message.contains("64 expressions"), "{open}: {message}");
    }
    // Chains are not within each other.
    for chain in [" + 1", " or 1", " and 1", " * 1"] {
        assert!(
            parse(&format!("filter 1{}", chain.repeat(1_000))).is_ok(),
            "{chain}"
        );
    }
    let regexes = |count| format!("filter a{}", " like /x/ or a".repeat(count));
    assert!(parse(&regexes(32)).is_ok());
    assert!(refusal(&regexes(33)).message.contains("32 patterns"));
    for pattern in ["(", "a{1000}{1000}", "(?=a)"] {
        let message = refusal(&format!("filter a like /{pattern}/")).message;
        assert!(
            message.starts_with("a regular expression is not valid: "),
            "{message}"
        );
    }
}

#[test]
fn functions_have_any_letter_case() {
    for name in Function::NAMES {
        let (function, allowed) = Function::named(name).unwrap();
        let upper = name.to_uppercase();
        assert_eq!(Function::named(&upper).unwrap().0, function);
        let arguments = vec!["a"; *allowed.start()].join(", ");
        assert!(
            parse(&format!("fields {upper}({arguments})")).is_ok(),
            "{name}"
        );
    }
}
