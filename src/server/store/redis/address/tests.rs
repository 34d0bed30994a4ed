use super::*;

fn parse(text: &str) -> Address {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hosts(nodes: &[ConnectionInfo]) -> Vec<String> {
    nodes.iter().map(|node| node.addr().to_string()).collect()
}

#[test]
fn single_address_is_one_server() {
    for text in ["redis://h", "rediss://h:1/2", "redis+unix:///run/redis.sock", "redis://u:p@h:1"] {
        assert!(matches!(parse(text), Address::One(_)), "{text}");
    }
}

#[test]
fn several_addresses_are_a_cluster() {
    for text in [
        "redis-cluster://a:7000,b:7001",
        "redis://a:7000,b:7001",
        "redis://a:7000,redis://b:7001",
        "redis-cluster://a:7000, b:7001/",
    ] {
        let Address::Cluster(nodes) = parse(text) else { panic!("{text}") };
        assert_eq!(hosts(&nodes), ["a:7000", "b:7001"], "{text}");
    }
    let Address::Cluster(nodes) = parse("redis-cluster://ann:secret@a,b") else { panic!() };
    assert_eq!(hosts(&nodes), ["a:6379", "b:6379"]);
    assert!(nodes.iter().all(|node| node.redis_settings().password() == Some("secret")));
}

#[test]
fn sentinel_address_has_servers_service_and_login() {
    let Address::Sentinel { sentinels, service, settings } =
        parse("redis-sentinel://ann:secret@a,b:5000,[::1]/mymaster/3")
    else {
        panic!("not a Sentinel address")
    };
    let sentinels: Vec<String> = sentinels.iter().map(ToString::to_string).collect();
    assert_eq!(sentinels, ["a:26379", "b:5000", "::1:26379"]);
    assert_eq!((service.as_str(), settings.db()), ("mymaster", 3));
    assert_eq!((settings.username(), settings.password()), (Some("ann"), Some("secret")));
}

#[test]
fn addresses_with_tls_have_it_for_each_server() {
    let Address::Cluster(nodes) = parse("rediss-cluster://a,b") else { panic!() };
    let Address::Sentinel { sentinels, .. } = parse("rediss-sentinel://a,b:5000/mymaster") else { panic!() };
    let servers: Vec<&ConnectionAddr> = nodes.iter().map(ConnectionInfo::addr).chain(&sentinels).collect();
    assert_eq!(servers.len(), 4);
    for server in servers {
        assert!(matches!(server, ConnectionAddr::TcpTls { insecure: false, .. }), "{server:?}");
    }
}

#[test]
fn error_for_invalid_address_hides_the_password() {
    for text in ["", "localhost:6379", "redis-sentinel://ann:secret@a,b", "redis-cluster://ann:secret@a,,b"] {
        let error = text.parse::<Address>().expect_err(text).to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
