use std::sync::Arc; use std::time::Instant;
use portcullis_core::domain::directory::*; use portcullis_core::domain::record::*; use portcullis_core::domain::session::*; use portcullis_core::domain::time::Timestamp;
use portcullis_core::ports::ledger::*; use portcullis_core::ports::user_store::UserStore;
use portcullis_store_sql::*; use portcullis_testkit::{clock::StoppedClock, directory::entry_of, seed::{SeedUser, hash, username}};
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
fn note(n:u64)->Record{Record{time:NOW,request_id:format!("request-{n}"),decision_id:None,subject:Some("admin".into()),address:"192.0.2.1".parse().ok(),action:"DELETE /api/v1/subscribers/7".into(),route:Some("DELETE /api/v1/subscribers/{id}".into()),realm:None,verdict:Verdict::Allowed,reason:"the role admin".into(),amendment:None}}
#[tokio::test(flavor="multi_thread", worker_threads=2)]
async fn scratch(){
 let dir=tempfile::tempdir().unwrap(); let mut o=Options::at(dir.path().join("a.db")); o.note_capacity=1_000_000;
 let s=Arc::new(SqliteStore::open(o,Arc::new(StoppedClock::at(NOW))).await.unwrap());
 let n:u64=std::env::args().len() as u64*0+200_000;
 let t=Instant::now();
 for c in 0..n/1000 { let as_of=s.revision().await.unwrap();
   let edits=(0..1000).map(|i| Edit::PutUser(entry_of(SeedUser::new(&format!("user{:07}",c*1000+i),hash(12,'a')).with(if i%100==0{"admin"}else{"operator"}),NOW))).collect();
   s.commit(Change::Edit{as_of,edits},note(c)).await.unwrap(); }
 println!("{n} users {:?}",t.elapsed());
 let t=Instant::now(); for i in 0..1000u64 { s.user(&username(&format!("user{:07}",i*7))).await.unwrap().unwrap(); } println!("user read {:?}",t.elapsed()/1000);
 let t=Instant::now(); let p=s.selected(&Selection::RulingWith(vec![portcullis_core::domain::role::RoleName::parse("admin").unwrap()]),Page{after:Some("user0100000".into()),limit:500}).await.unwrap(); println!("selected {} {:?}",p.len(),t.elapsed());
 let t=Instant::now(); let p=s.profiles(Page{after:Some("user0100000".into()),limit:500}).await.unwrap(); println!("profiles {} {:?}",p.len(),t.elapsed());
 let t=Instant::now(); s.highest_cost().await.unwrap(); println!("highest {:?}",t.elapsed());
 let sess=|i:u64| Session{id:SessionId::from_bytes(u128::from(i).to_be_bytes()),user:username(&format!("user{:07}",i)),kind:SessionKind::Jwt,issued_at:NOW,last_seen_at:NOW,expires_at:NOW.plus(std::time::Duration::from_hours(1)),address:None,agent:None};
 let t=Instant::now(); for i in 0..500 { s.commit(Change::OpenSession(sess(i)),note(i)).await.unwrap(); } println!("login commit {:?}",t.elapsed()/500);
 let t=Instant::now(); let mut js=tokio::task::JoinSet::new(); for w in 0..100u64 { let s=s.clone(); js.spawn(async move { for i in 0..500 { s.commit(Change::OpenSession(sess(1000+w*500+i)),note(i)).await.unwrap(); } }); } js.join_all().await; println!("50000 logins by 100 {:?}",t.elapsed());
 let t=Instant::now(); for i in 0..50_000 { s.note(note(i)); } println!("note {:?}",t.elapsed()/50_000); let t=Instant::now(); s.flush().await.unwrap(); println!("flush 50000 notes {:?} each {:?}",t.elapsed(),t.elapsed()/50_000);
 let t=Instant::now(); s.commit(Change::EndSessions(Whose::Users((1000..51000).map(|i|username(&format!("user{i:07}"))).collect())),note(1)).await.unwrap(); println!("end 50000 users' {:?}",t.elapsed());
 let t=Instant::now(); s.commit(Change::EndSessions(Whose::Everybody),note(1)).await.unwrap(); println!("end all {:?}",t.elapsed());
 let t=Instant::now(); for i in 0..1000 { s.changes(FeedPlace(i),0).await.unwrap(); } println!("idle poll {:?}",t.elapsed()/1000);
 let t=Instant::now(); s.check().await.unwrap(); println!("check {:?}",t.elapsed());
 s.close().await.unwrap(); let t=Instant::now(); let s=SqliteStore::open(Options::at(dir.path().join("a.db")),Arc::new(StoppedClock::at(NOW))).await.unwrap(); println!("open {:?} size {}",t.elapsed(),std::fs::metadata(dir.path().join("a.db")).unwrap().len()); drop(s);
 let st=std::fs::read_to_string("/proc/self/status").unwrap(); for l in st.lines().filter(|l|l.starts_with("VmRSS")||l.starts_with("VmHWM")) {println!("{l}");}
}
