//! The log for whoever checks it.

use std::time::Duration;

use causeway_log::note::{Note, Verifier};
use causeway_log::tree::{Hash, is_consistent};
use causeway_log::{Inclusion, tile};
use causeway_service::keys::Role;
use causeway_service::stored;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::{Reply, World, corridor, status, with};

impl Reply {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl World {
    /// Records so many public events, and waits until they are signed.
    async fn with_signed(&self, events: usize) -> String {
        let reporter = self.key("icrc", Role::Reporter);
        self.send(&reporter, &corridor("lachin")).await.ok();
        let lines: Vec<_> = (1..events)
            .map(|_| status("lachin", "2023-06-15T12:00:00Z", "closed").to_string())
            .collect();
        self.post("/v1/events", &reporter, "application/x-ndjson", &lines.join("\n")).await.ok();
        self.api.service().signed(events as u64 - 1).await.unwrap();
        reporter
    }

    async fn trusted(&self) -> Vec<Verifier> {
        let log = self.get("/v1/log", "").await.ok().json();
        let keys = log["keys"].as_array().unwrap();
        keys.iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect()
    }
}

#[actix_web::test]
async fn anybody_reads_the_signed_checkpoint_and_it_is_soon_one_of_everything() {
    let world = World::closed();
    world.with_signed(10).await;
    let reply = world.get("/log/checkpoint", "").await.ok();
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=1"));
    let note: Note = reply.text().parse().unwrap();
    note.signed_by(&world.trusted().await).unwrap();
    assert_eq!(note.text.lines().nth(1), Some("10"));
    // Nobody asks for this one: it is signed all the same.
    world.send(&world.key("icrc", Role::Reporter), &corridor("other")).await.ok();
    let evidence = world.api.service().evidence().clone();
    let waiting = move || evidence.signed_beyond(10, Duration::from_secs(30));
    let signed = actix_web::web::block(waiting).await.unwrap().unwrap().unwrap();
    assert_eq!(signed.checkpoint.size, 11);
}

#[actix_web::test]
async fn tiles_are_kept_for_ever_and_lead_from_the_entries_to_the_checkpoint() {
    let world = World::closed();
    let reporter = world.with_signed(300).await;
    let hashes = world.get("/log/tile/0/001.p/44", "").await.ok();
    assert_eq!(hashes.header("content-type"), Some("application/octet-stream"));
    assert_eq!(hashes.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let entries = world.get("/log/tile/entries/001.p/44", &reporter).await.ok();
    assert_eq!(entries.header("cache-control"), Some("private, no-cache"), "it may be closed");
    let leaves: Vec<_> =
        tile::entries(&entries.body).map(|entry| Hash::of_leaf(entry.unwrap())).collect();
    assert_eq!(leaves.len(), 44);
    assert_eq!(tile::hashes(&hashes.body), Some(leaves));
    assert_eq!(world.get("/log/tile/1/000.p/1", "").await.ok().body.len(), 32);
    for nothing in [
        "entries/x018/x446/x744/x073/x709/x551/615",
        "0/002",
        "0/001",
        "0/1",
        "1/000",
        "9/000.p/1",
        "entries/002.p/1",
        "x/000",
    ] {
        let reply = world.get(&format!("/log/tile/{nothing}"), &reporter).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{nothing}");
    }
}

#[actix_web::test]
async fn a_bundle_goes_to_whoever_may_see_every_event_in_it() {
    let world = World::open();
    let reporter = world.with_signed(256).await;
    let secret = with(corridor("secret"), "dataclassification", "confidential");
    world.send(&reporter, &secret).await.ok();
    world.api.service().signed(256).await.unwrap();
    let public = world.get("/log/tile/entries/000", "").await.ok();
    assert_eq!(public.header("cache-control"), Some("public, no-cache"), "it may be closed");
    let hidden = world.get("/log/tile/entries/001.p/1", "").await;
    assert_eq!((hidden.status, hidden.problem().as_str()), (403, "entries-above-clearance"));
    world.get("/log/tile/entries/001.p/1", &reporter).await.ok();
    world.get("/log/tile/0/001.p/1", "").await.ok();
    // However the path is written.
    for path in
        ["entries%2F001.p/1", "entries%2f001%2ep/1", "entries/001%2Ep/1", "%65ntries/001.p/1"]
    {
        let reply = world.get(&format!("/log/tile/{path}"), "").await;
        assert!(matches!(reply.status, 403 | 404), "{path}: {}", reply.status);
    }
    let closed = World::closed();
    closed.with_signed(1).await;
    assert_eq!(closed.get("/log/tile/entries/000.p/1", "").await.status, 401);
}

#[actix_web::test]
async fn what_becomes_more_sensitive_closes_its_bundle() {
    let world = World::open();
    let reporter = world.with_signed(2).await;
    world.get("/log/tile/entries/000.p/2", "").await.ok();
    let events = world.get("/v1/events", "").await.json();
    let report = events["data"][1]["id"].as_str().unwrap();
    let withdrawal = super::world::event(
        "report.withdrawn.v1",
        "corridor/lachin",
        "2023-06-16T12:00:00Z",
        serde_json::json!({ "event": report, "reason": "names a source" }),
    );
    let withdrawal = with(withdrawal, "dataclassification", "confidential");
    world.send(&reporter, &withdrawal).await.ok();
    let closed = world.get("/log/tile/entries/000.p/2", "").await;
    assert_eq!(closed.problem(), "entries-above-clearance");
}

#[actix_web::test]
async fn a_receipt_leads_to_proof_that_a_stranger_can_check() {
    let world = World::open();
    world.with_signed(5).await;
    let reporter = world.key("icrc", Role::Reporter);
    let recorded = world.send(&reporter, &corridor("new")).await.ok();
    let location = recorded.header("location").unwrap().to_owned();
    let event = world.get(&location, "").await.ok();
    assert_eq!(event.header("link"), recorded.header("link"));
    let links = recorded.header("link").unwrap().to_owned();
    let path = |rel: &str| {
        let link = links.split(", ").find(|link| link.contains(rel)).unwrap();
        link[1..link.find('>').unwrap()].to_owned()
    };

    let proof = world.get(&path("tlog-proof"), "").await.ok();
    assert_eq!(proof.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(proof.header("content-disposition").unwrap().ends_with(".tlog-proof\""));
    let proof: Inclusion = proof.text().parse().unwrap();
    let shown = event.text();
    let entry = shown.replace(&format!(",\"sequence\":\"{}\"", stored::sequence(5)), "");
    let trusted = world.trusted().await;
    assert!(proof.holds_for(entry.as_bytes(), &trusted));
    assert!(!proof.holds_for(shown.as_bytes(), &trusted), "the sequence is not part of it");

    let consistency = world.get(&path("rfc6962"), "").await.ok().json();
    assert_eq!(consistency["from"]["size"], 6);
}

#[actix_web::test]
async fn proof_of_what_the_reader_may_not_see_does_not_exist() {
    let world = World::open();
    let reporter = world.with_signed(1).await;
    let secret = with(corridor("secret"), "dataclassification", "confidential");
    let recorded = world.send(&reporter, &secret).await.ok().json();
    let path = format!("/v1/events/{}/proof", recorded["id"].as_str().unwrap());
    world.get(&path, &reporter).await.ok();
    assert_eq!(world.get(&path, "").await.problem(), "not-found");
    let nobody = "/v1/events/0192c7c8-6d2e-7a31-9d41-0f3c6a1be001/proof";
    assert_eq!(world.get(nobody, &reporter).await.problem(), "not-found");
}

#[actix_web::test]
async fn anybody_sees_that_the_log_was_only_added_to() {
    let world = World::closed();
    world.with_signed(300).await;
    let shown = world.get("/v1/log/consistency?from=100&to=290", "").await.ok().json();
    let head = |member: &str| {
        let root: Hash = shown[member]["root"].as_str().unwrap().parse().unwrap();
        (shown[member]["size"].as_u64().unwrap(), root)
    };
    let hashes = shown["hashes"].as_array().unwrap();
    let hashes: Vec<Hash> =
        hashes.iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect();
    assert!(is_consistent(head("from"), head("to"), &hashes));
    assert_eq!((head("from").0, head("to").0), (100, 290));

    let now = world.get("/v1/log/consistency?from=0", "").await.ok().json();
    let signed: Value = world.get("/v1/log", "").await.ok().json()["signed"].clone();
    assert_eq!((&now["to"], now["hashes"].as_array().map(Vec::len)), (&signed, Some(0)));
    for wrong in ["from=1&to=301", "from=5&to=4", "from=301", "from=-1", "", "from=1&too=2"] {
        let reply = world.get(&format!("/v1/log/consistency?{wrong}"), "").await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "bad-parameter"), "{wrong}");
    }
}

#[actix_web::test]
async fn a_digest_is_the_hash_of_everything_in_the_list_as_known_then() {
    let world = World::open();
    let reporter = world.with_signed(3).await;
    let auditor = world.key("audit", Role::Auditor);
    let secret = with(corridor("secret"), "dataclassification", "confidential");
    world.send(&reporter, &secret).await.ok();

    let mut digests = Vec::new();
    for position in [0, 2, 3] {
        let query = format!("view=corridors&at_position={position}");
        let answer = world.get(&format!("/v1/log/digest?{query}"), &auditor).await.ok().json();
        let list = format!("/v1/corridors?at_position={position}&limit=500");
        let list = world.get(&list, &auditor).await.ok().json();
        assert_eq!(answer["as_of"], list["as_of"]);
        let canonical = serde_json_canonicalizer::to_vec(&list["data"]).unwrap();
        let sha256: String =
            Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(answer["data"], json!({ "view": "corridors", "sha256": sha256 }));
        digests.push(sha256);
    }
    digests.dedup();
    assert_eq!(digests.len(), 3, "each position has another list");
    let newest = world.get("/v1/log/digest?view=corridors", &auditor).await.ok().json();
    assert_eq!(newest["data"]["sha256"], digests[2].as_str());

    let refused = world.get("/v1/log/digest?view=corridors", &reporter).await;
    assert_eq!((refused.status, refused.problem().as_str()), (403, "not-permitted"));
    for wrong in ["", "view=roads", "view=corridors&at_position=4", "view=corridors&policy=best"] {
        let reply = world.get(&format!("/v1/log/digest?{wrong}"), &auditor).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "bad-parameter"), "{wrong}");
    }
}
