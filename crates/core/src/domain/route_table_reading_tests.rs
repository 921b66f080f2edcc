//! Which paths are refused because a more lenient server could read them otherwise.

use super::*;

#[test]
fn our_own_endpoints_are_found_in_any_encoding_and_in_no_other_reading() {
    for table in [bare(DefaultRule::Admin), table([forwarding(public("/**"))])] {
        assert_eq!(found(&table, "POST", "/api/v1/auth/l%6Fgin").as_deref(), Ok("POST /api/v1/auth/login"));
        for raw in [
            "/api/v1/auth/login/",
            "/API/v1/auth/LOGIN",
            "/api/v1/auth/l%4Fgin",
            "/Metrics/",
            "/api/v1/auth/ME",
            "/api/v1/HEALTH",
            "/api/v1/auth/Verify",
            "/api/docs/",
            "/api/v1/AUTH/nothing",
            "/API/v1/auth",
            "/OAUTH2/authorize",
            "/.Well-Known/jwks.json/x",
        ] {
            assert_eq!(refused(&table, "POST", raw), PathFault::OtherReading, "{raw}");
        }
        assert_eq!(refused(&table, "GET", "/api/v1/auth/nothing%2Fat-all"), PathFault::EncodedDelimiter);
    }
    let table = table([forwarding(public("/**"))]);
    assert_eq!(refused(&table, "GET", "/api/v1%2Fauth/nothing"), PathFault::OtherReading);
}

#[test]
fn a_path_in_another_case_than_a_route_is_refused() {
    let table = filled(DefaultRule::OperatorMayRead, built_in_routes());
    for raw in ["/api/v1/WEBHOOKS", "/api/v1/Webhooks/1", "/API/v1/webhooks/", "/api/v1/web%48ooks"] {
        assert_eq!(refused(&table, "GET", raw), PathFault::OtherReading, "{raw}");
    }
    // As strict as the route itself: whatever the upstream takes it for, the caller may do it.
    assert_eq!(found(&table, "DELETE", "/api/v1/WEBHOOKS/1").as_deref(), Ok("default"));
    assert_eq!(
        found(&table, "GET", "/api/v1/subscribers/SUMMARY").as_deref(),
        Ok("GET /api/v1/subscribers/{id}")
    );
}

#[test]
fn capitals_of_a_route_count_like_those_of_a_path() {
    let table = table([public("/Status"), route(&[], "/ADMIN/**", &[])]);
    finds(&table, &[("/Status", "/Status"), ("/ADMIN/x", "/ADMIN/**")]);
    assert_eq!(refused(&table, "GET", "/status"), PathFault::OtherReading);
    assert_eq!(found(&table, "GET", "/admin/x").as_deref(), Ok("default"), "stricter than the region");
}

#[test]
fn a_capital_of_a_route_counts_however_it_is_written() {
    for written in ["/John", "/%4Aohn", "/%4aohn"] {
        let table = table([route(&[], "/**", &[]), route(&[], written, ADMIN)]);
        assert_eq!(refused(&table, "GET", "/john"), PathFault::OtherReading, "{written}");
        finds(&table, &[("/John", written), ("/%4aohn", written)]);
    }
}

#[test]
fn routes_that_differ_in_case_alone_refuse_each_other() {
    let table = table([public("/a"), route(&[], "/A", ADMIN)]);
    for raw in ["/a", "/A"] {
        assert_eq!(refused(&table, "GET", raw), PathFault::OtherReading);
    }
}

#[test]
fn a_path_whose_last_slash_hides_a_stricter_or_an_opener_route_is_refused() {
    let table =
        table([route(&[], "/**", &[]), route(&[], "/strict", ADMIN), public("/open"), public("/p/{x}")]);
    for raw in ["/strict/", "/open/", "/p/1/"] {
        assert_eq!(refused(&table, "GET", raw), PathFault::OtherReading, "{raw}");
    }
    finds(&table, &[("/else/", "/**"), ("/", "/**")]);
}

#[test]
fn a_region_refuses_other_readings_only_where_it_is_stricter() {
    let table = table([
        forwarding(route(&[], "/in/{x}", &[])),
        route(&[], "/in/{x}/strict/**", ADMIN),
        route(&[], "/in/{x}/alike/**", &[]),
        public("/in/{x}/open/**"),
    ]);
    assert_eq!(refused(&table, "GET", "/in/a%2Fstrict"), PathFault::OtherReading);
    assert_eq!(refused(&table, "GET", "/in/a%2Fstrict%2Fb"), PathFault::OtherReading);
    for raw in ["/in/a%2Falike", "/in/a%2Fopen%2Fb", "/in/a%2Fnowhere"] {
        assert_eq!(found(&table, "GET", raw).as_deref(), Ok("/in/{x}"), "{raw}");
    }
}

#[test]
fn a_public_or_shadow_route_is_less_strict_than_any_region_that_needs_a_token() {
    let table = table([
        forwarding(public("/public/{x}")),
        route(&[], "/public/{x}/token/**", &[]),
        forwarding(shadow(route(&[], "/trial/{x}", ADMIN))),
        route(&[], "/trial/{x}/token/**", &[]),
        route(&[], "/trial/{x}/strict/**", ADMIN),
    ]);
    for raw in ["/public/a%2Ftoken", "/trial/a%2Fstrict"] {
        assert_eq!(refused(&table, "GET", raw), PathFault::OtherReading, "{raw}");
    }
    finds(&table, &[("/trial/a%2Ftoken", "/trial/{x}")]);
}

#[test]
fn encoded_delimiters_pass_only_where_the_route_forwards_them() {
    let table = table([forwarding(route(&["GET"], "/data/**", &[])), route(&[], "/other/**", &[])]);
    for delimiter in ["%2F", "%2f", "%3F", "%23", "%3B", "%25"] {
        let raw = |place: &str| format!("/{place}/interface=Gi0{delimiter}0");
        assert_eq!(found(&table, "GET", &raw("data")).as_deref(), Ok("GET /data/**"));
        assert_eq!(refused(&table, "POST", &raw("data")), PathFault::EncodedDelimiter);
        assert_eq!(refused(&table, "GET", &raw("other")), PathFault::EncodedDelimiter);
        assert_eq!(refused(&table, "GET", &raw("nowhere")), PathFault::EncodedDelimiter);
    }
    assert_eq!(refused(&table, "GET", "/data%2Fx"), PathFault::EncodedDelimiter);
}

#[test]
fn what_is_wrong_with_the_path_is_said_before_what_is_wrong_with_the_method() {
    let table = bare(DefaultRule::Admin);
    assert_eq!(refused(&table, "GET", "/api/v1/auth/LOGIN"), PathFault::OtherReading);
    assert_eq!(refused(&table, "MKCOL", "/a%2Fb"), PathFault::EncodedDelimiter);
}
