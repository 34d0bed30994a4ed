use super::{AccessLists, MAX_RULES, RuleList};

fn list(entries: &[&str]) -> RuleList {
    let entries: Vec<String> = entries.iter().map(|&entry| entry.to_owned()).collect();
    RuleList::read("allow", &entries).expect("a list")
}

fn allowed(entry: &str, email: &str) -> bool {
    AccessLists { allow: list(&[entry]), block: RuleList::default() }.admit(Some(email))
}

fn blocked(entry: &str, email: &str) -> bool {
    !AccessLists { allow: RuleList::default(), block: list(&[entry]) }.admit(Some(email))
}

#[test]
fn an_entry_matches_its_addresses_alone() {
    for (entry, email, matches) in [
        ("ada@example.com", "ada@example.com", true),
        ("ada@example.com", "ADA@Example.COM", true),
        ("Ada@EXAMPLE.com", "ada@example.com", true),
        ("ada@example.com", "ada@example.com.", true),
        ("ada@example.com.", "ada@example.com", true),
        ("ada@example.com", "bob@example.com", false),
        ("ada@example.com", "ada@sub.example.com", false),
        ("ada@example.com", "ada@example.com.evil.org", false),
        ("ada@example.com", "ada@example.org@example.com", false),
        // Fullwidth letters are the same letters.
        ("ada@example.com", "\u{ff41}da@\u{ff45}xample.com", true),
        // Cyrillic a and e only look like Latin ones.
        ("ada@example.com", "\u{430}da@example.com", false),
        ("ada@example.com", "ada@\u{435}xample.com", false),
        ("example.com", "ada@\u{435}xample.com", false),
        ("example.com", "ada@example.com", true),
        ("@example.com", "ada@example.com", true),
        ("Example.COM.", "ada@example.com", true),
        ("example.com", "ada@EXAMPLE.com", true),
        ("example.com", "ada@sub.example.com", false),
        ("example.com", "ada@notexample.com", false),
        ("example.com", "ada@example.com.evil.org", false),
        ("example.com", "example.com@evil.org", false),
        ("example.com", "evil@evil.org\u{2e}example.com", false),
        ("*.example.com", "ada@sub.example.com", true),
        ("*.example.com", "ada@a.b.example.com", true),
        ("*.example.com", "ada@example.com", false),
        ("*.example.com", "ada@notexample.com", false),
        ("*.EXAMPLE.com.", "ada@Sub.example.com.", true),
        // One domain, in Unicode and in ASCII, composed and not.
        ("m\u{fc}ller.example", "ada@xn--mller-kva.example", true),
        ("xn--mller-kva.example", "ada@M\u{dc}LLER.example", true),
        ("m\u{fc}ller.example", "ada@mu\u{308}ller.example", true),
        ("m\u{fc}ller.example", "ada@muller.example", false),
        // An ideographic full stop separates labels as well.
        ("example.com", "ada@example\u{3002}com", true),
        // No escapes: what is written is what is compared.
        ("example.com", "ada@ex%61mple.com", false),
    ] {
        assert_eq!(allowed(entry, email), matches, "{entry} allows {email}");
        let is_readable = !email.contains('%');
        assert_eq!(blocked(entry, email), matches || !is_readable, "{entry} blocks {email}");
    }
}

#[test]
fn plus_parts_are_blocked_and_not_allowed() {
    for (entry, email, is_allowed, is_blocked) in [
        ("ada@example.com", "ada+news@example.com", false, true),
        ("ada@example.com", "ADA+@example.com", false, true),
        ("ada+news@example.com", "ada+news@example.com", true, true),
        ("ada+news@example.com", "ada@example.com", false, false),
        ("ada+news@example.com", "ada+other@example.com", false, false),
        ("example.com", "ada+news@example.com", true, true),
        ("ada@example.com", "+ada@example.com", false, false),
    ] {
        assert_eq!(allowed(entry, email), is_allowed, "{entry} allows {email}");
        assert_eq!(blocked(entry, email), is_blocked, "{entry} blocks {email}");
    }
}

#[test]
fn block_wins_and_no_address_is_refused() {
    let lists = AccessLists { allow: list(&["example.com"]), block: list(&["eve@example.com"]) };
    for (email, admitted) in [
        (Some("ada@example.com"), true),
        (Some("eve@example.com"), false),
        (Some("ada@example.org"), false),
        (Some("ada"), false),
        (Some("@example.com"), false),
        (None, false),
    ] {
        assert_eq!(lists.admit(email), admitted, "{email:?}");
    }
    assert!(AccessLists::default().admit(None));
    let only_block = AccessLists { block: list(&["example.com"]), ..AccessLists::default() };
    assert!(!only_block.admit(None) && only_block.admit(Some("ada@example.org")));
}

#[test]
fn only_addresses_and_domains_are_entries() {
    for entry in [
        "ada",
        "com",
        "*",
        "*.com",
        "*.*.example.com",
        "ada@*.example.com",
        "a*.example.com",
        "ada@",
        "a da@example.com",
        "ada@exa mple.com",
        "https://example.com",
        "example.com/path",
        "a@b.c, d@e.f",
        "example..com",
        ".example.com",
        "ada@example.com\u{200b} x",
        &format!("{}@example.com", "a".repeat(250)),
        &format!("{}.com", "a".repeat(64)),
    ] {
        let error = RuleList::read("block", &[entry.to_owned()]).expect_err(entry);
        assert_eq!(error.field, "block", "{entry}");
        assert!(error.reason.contains("is neither"), "{entry}: {}", error.reason);
    }
}

#[test]
fn a_list_is_stored_as_written_once_each() {
    let list = list(&[" Ada@Example.com ", "", "ada@example.com", "*.m\u{fc}ller.example"]);
    assert_eq!(list.entries(), ["Ada@Example.com", "*.m\u{fc}ller.example"]);
    assert_eq!(RuleList::from_stored(&list.stored()), Some(list));
    assert_eq!(RuleList::from_stored(""), Some(RuleList::default()));
    assert_eq!(RuleList::from_stored("re:.*"), None, "a rule of a newer version is not passed over");
}

#[test]
fn a_list_has_two_hundred_entries_at_most() {
    let entries = |count: usize| -> Vec<String> { (0..count).map(|n| format!("a{n}.example")).collect() };
    assert!(RuleList::read("allow", &entries(MAX_RULES)).is_ok());
    assert!(RuleList::read("allow", &entries(MAX_RULES + 1)).is_err());
}
