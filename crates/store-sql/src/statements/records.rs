//! Records.

pub(crate) const APPEND: &str = "INSERT INTO records (sequence, version, time, request_id, decision_id, subject, \
     subject_key, address, action, route, realm, verdict, reason, object, before, after, previous, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// The same of [`EIGHT`] records at once.
pub(crate) const APPEND_EIGHT: &str = "INSERT INTO records (sequence, version, time, request_id, decision_id, \
     subject, subject_key, address, action, route, realm, verdict, reason, object, before, after, previous, hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18), ($19, $20, \
     $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36), ($37, $38, $39, \
     $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54), ($55, $56, $57, $58, \
     $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72), ($73, $74, $75, $76, $77, \
     $78, $79, $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90), ($91, $92, $93, $94, $95, $96, \
     $97, $98, $99, $100, $101, $102, $103, $104, $105, $106, $107, $108), ($109, $110, $111, $112, \
     $113, $114, $115, $116, $117, $118, $119, $120, $121, $122, $123, $124, $125, $126), ($127, \
     $128, $129, $130, $131, $132, $133, $134, $135, $136, $137, $138, $139, $140, $141, $142, $143, \
     $144)";

/// How many [`APPEND_EIGHT`] takes.
pub(crate) const EIGHT: usize = 8;

pub(crate) const SINCE: &str = "SELECT sequence, time, request_id, decision_id, subject, address, action, route, \
     realm, verdict, reason, object, before, after FROM records \
     WHERE sequence > $1 AND time >= $2 AND (action = $3 OR $4 = 1) ORDER BY sequence LIMIT $5";

pub(crate) const SINCE_OF_SUBJECT: &str = "SELECT sequence, time, request_id, decision_id, subject, address, \
     action, route, realm, verdict, reason, object, before, after FROM records \
     WHERE sequence > $1 AND time >= $2 AND (action = $3 OR $4 = 1) AND subject_key = $6 \
     ORDER BY sequence LIMIT $5";

pub(crate) const EXPORT: &str = "SELECT sequence, time, request_id, decision_id, subject, address, action, route, \
     realm, verdict, reason, object, before, after, version, previous, hash FROM records \
     WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";

pub(crate) const NEWEST: &str = "SELECT sequence FROM store WHERE one = 1";
