//! Controlled vocabularies: the closed lists of words that events are made of.
//!
//! A word's meaning is its doc comment, its code in a published standard a property beside it,
//! so that neither can drift from the word.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumMessage, EnumProperty, EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// A word of a vocabulary, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entry {
    /// The word as events spell it.
    pub word: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The code of the same idea in a published standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// A vocabulary: its name and its words in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Vocabulary {
    /// The name under which it is served.
    pub name: &'static str,
    /// Increased whenever a word is added; words are never removed.
    pub version: u32,
    /// Where the words come from.
    pub follows: &'static str,
    /// The words, in their own order.
    pub words: Vec<Entry>,
}

/// All vocabularies, by name.
#[must_use]
pub fn vocabularies() -> Vec<Vocabulary> {
    const OURS: &str = "Causeway";
    vec![
        vocabulary::<ActorKind>("actor-kinds", OURS),
        vocabulary::<Category>(
            "categories",
            "OCHA Access Monitoring and Reporting Framework",
        ),
        vocabulary::<ClearanceAnswer>("clearance-answers", OURS),
        vocabulary::<Classification>("classifications", "OCHA Data Responsibility Guidelines"),
        vocabulary::<ConstraintKind>("constraint-kinds", OURS),
        vocabulary::<CorridorStatus>("corridor-statuses", "LogIE, Sahana Eden"),
        vocabulary::<Direction>("directions", OURS),
        vocabulary::<HarmRole>("harm-roles", OURS),
        vocabulary::<IncidentKind>("incident-kinds", "INSO, ACLED (acts)"),
        vocabulary::<Level>("levels", OURS),
        vocabulary::<LossCause>("loss-causes", OURS),
        vocabulary::<Mitigation>("mitigations", OURS),
        vocabulary::<Mode>("modes", OURS),
        vocabulary::<MovementKind>("movement-kinds", OURS),
        vocabulary::<Precision>("precisions", OURS),
        vocabulary::<Reliability>("reliabilities", "Admiralty (NATO) scale"),
        vocabulary::<Sector>("sectors", "IASC coordination groups"),
        vocabulary::<SourceKind>("source-kinds", OURS),
        vocabulary::<Stage>("stages", OURS),
        vocabulary::<Stance>("stances", OURS),
        vocabulary::<TimePrecision>("time-precisions", OURS),
        vocabulary::<Traffic>("traffic", OURS),
        vocabulary::<Unit>("units", "UN/CEFACT Recommendation 20, 21 (codes)"),
    ]
}

fn vocabulary<W>(name: &'static str, follows: &'static str) -> Vocabulary
where
    W: strum::IntoEnumIterator + EnumMessage + EnumProperty + Into<&'static str> + Copy,
{
    let entry = |word: W| Entry {
        word: word.into(),
        meaning: word.get_documentation().unwrap_or_default(),
        code: word.get_str("code"),
    };
    Vocabulary {
        name,
        version: 1,
        follows,
        words: W::iter().map(entry).collect(),
    }
}

/// How sensitive an event is; each word lets fewer people see it than the one before.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Classification {
    /// May be shown to anyone.
    #[strum(props(code = "low or none"))]
    Public,
    /// For the humanitarian community.
    #[strum(props(code = "moderate"))]
    Restricted,
    /// For those who need it for their work.
    #[strum(props(code = "high"))]
    Confidential,
    /// For named persons only.
    #[strum(props(code = "severe"))]
    StrictlyConfidential,
}

/// What sort of source says something.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    Default,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SourceKind {
    /// Staff of the organisation that records it.
    #[default]
    OwnStaff,
    /// Another humanitarian organisation.
    PartnerAgency,
    /// An authority, of a state or de facto.
    Authority,
    /// A party to the conflict.
    Party,
    /// A news outlet.
    Media,
    /// People of the affected community.
    Community,
    /// Somebody who was there.
    Eyewitness,
    /// Imagery from above.
    Satellite,
    /// A measuring device.
    Sensor,
    /// None of the others.
    Other,
}

/// How far a source can be trusted, by its record (Admiralty scale).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    Default,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Reliability {
    /// Completely reliable.
    #[strum(props(code = "A"))]
    A,
    /// Usually reliable.
    #[strum(props(code = "B"))]
    B,
    /// Fairly reliable.
    #[strum(props(code = "C"))]
    C,
    /// Not usually reliable.
    #[strum(props(code = "D"))]
    D,
    /// Unreliable.
    #[strum(props(code = "E"))]
    E,
    /// Cannot be judged.
    #[strum(props(code = "F"))]
    #[default]
    F,
}

/// How well a report is verified.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    Default,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// Nobody has looked at it yet.
    #[default]
    Unverified,
    /// One independent source more says the same.
    PartiallyCorroborated,
    /// Two or more independent sources say the same, at least one of them no party to the conflict.
    Corroborated,
    /// Own staff or a third-party monitor on site, or decisive imagery or document.
    Verified,
    /// Looked at, and credible sources contradict it.
    Disputed,
    /// Looked at, and shown to be wrong.
    Refuted,
    /// Looked at, and it cannot be found out.
    Unverifiable,
}

/// How closely a time is known; an imprecise time is the first instant of its period.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    Default,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TimePrecision {
    /// To the instant written.
    #[default]
    Instant,
    /// To the hour.
    Hour,
    /// To the day.
    Day,
    /// To the week.
    Week,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

/// How closely a position is known.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Precision {
    /// The very spot.
    Exact,
    /// Within 100 metres.
    #[serde(rename = "100m")]
    #[strum(serialize = "100m")]
    Within100m,
    /// Within one kilometre.
    #[serde(rename = "1km")]
    #[strum(serialize = "1km")]
    Within1km,
    /// The settlement.
    Settlement,
    /// The third-level administrative area.
    Adm3,
    /// The second-level administrative area.
    Adm2,
    /// The first-level administrative area.
    Adm1,
    /// The country.
    Country,
}

/// Whether a corridor lets traffic pass.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CorridorStatus {
    /// Traffic passes.
    #[strum(props(code = "Operational"))]
    Open,
    /// Some passes, or under conditions.
    #[strum(props(code = "Restricted"))]
    Restricted,
    /// None passes.
    #[strum(props(code = "Not operational"))]
    Closed,
}

/// Which way, seen from the people the corridor serves.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
    Default,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// Towards the people served.
    Inbound,
    /// Away from the people served.
    Outbound,
    /// Either way.
    #[default]
    Both,
}

/// What passes, or would.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Traffic {
    /// Relief goods.
    HumanitarianCargo,
    /// Patients and those with them.
    MedicalEvacuation,
    /// Staff of relief organisations.
    HumanitarianStaff,
    /// People on their own business.
    Civilians,
    /// Trade goods.
    Commercial,
    /// Fuel of any kind.
    Fuel,
    /// Peacekeepers and their supplies.
    Peacekeeping,
    /// Each of the other seven.
    All,
}

/// What sort of thing bars access.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ConstraintKind {
    /// A route or area cut off.
    Blockade,
    /// Passage subject to checks at a post.
    CheckpointRegime,
    /// A rule or order that forbids passage or work.
    AdministrativeBan,
    /// No movement at certain hours.
    Curfew,
    /// Gas, power, water or telecommunications cut.
    UtilityCut,
    /// Something in the way.
    PhysicalObstacle,
    /// Mines or unexploded ordnance.
    MineContamination,
    /// A threat that keeps people from moving.
    Threat,
    /// A standing policy with the effect of a bar.
    Policy,
}

/// OCHA's nine categories of access constraint (AMRF).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Category {
    /// Denial of the existence of humanitarian needs or of entitlements to assistance.
    #[strum(props(code = "DEN"))]
    Den,
    /// Restriction of movement of agencies, personnel or goods into the affected country or area.
    #[strum(props(code = "RMI"))]
    Rmi,
    /// Restriction of movement within the affected country or area.
    #[strum(props(code = "RMW"))]
    Rmw,
    /// Interference in the implementation of humanitarian activities.
    #[strum(props(code = "INT"))]
    Int,
    /// Violence against humanitarian personnel, assets and facilities.
    #[strum(props(code = "VIO"))]
    Vio,
    /// Restrictions on, or obstruction of, affected people's access to services and assistance.
    #[strum(props(code = "RSA"))]
    Rsa,
    /// Military operations and ongoing hostilities impeding humanitarian operations.
    #[strum(props(code = "HOS"))]
    Hos,
    /// Presence of mines and unexploded ordnance.
    #[strum(props(code = "MIN"))]
    Min,
    /// Physical environment: terrain, climate, roads, lack of infrastructure.
    #[strum(props(code = "ENV"))]
    Env,
}

/// What was done about a constraint.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Mitigation {
    /// Talks with those who impose it.
    Negotiation,
    /// Another way was taken.
    Reroute,
    /// It was raised publicly or with others.
    Advocacy,
    /// Something else.
    Other,
}

/// How a delivery travels.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Mode {
    /// Several vehicles together.
    Convoy,
    /// A single vehicle.
    Truck,
    /// By aircraft.
    Air,
    /// By boat.
    River,
    /// By train.
    Rail,
}

/// Where a delivery of somebody else's was seen.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// On its way.
    Dispatched,
    /// Stopped on its way.
    Held,
    /// Past the crossing point.
    Crossed,
    /// At its destination.
    Arrived,
    /// In the hands of the people it is for.
    Distributed,
    /// Sent back.
    TurnedBack,
}

/// What an authority answered.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClearanceAnswer {
    /// Passage allowed.
    Granted,
    /// Passage refused.
    Denied,
}

/// How goods were lost.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LossCause {
    /// Broken or made unusable.
    Damaged,
    /// Gone bad.
    Spoiled,
    /// Taken by people in need or a crowd.
    TakenByCrowd,
    /// Taken by an armed actor.
    SeizedByArmedActor,
    /// Taken by an authority.
    ConfiscatedByAuthority,
    /// Sent back to where they came from.
    Returned,
    /// Gone, and nobody knows how.
    Lost,
}

/// What was done.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum IncidentKind {
    /// Artillery, mortar or rocket fire.
    Shelling,
    /// An attack from the air, drones included.
    Airstrike,
    /// An attack with weapons on people or things.
    ArmedAttack,
    /// A mine or other device went off.
    MineExplosion,
    /// Small-arms fire.
    Shooting,
    /// Held by an authority or armed actor.
    Detention,
    /// Taken away by force.
    Abduction,
    /// Goods taken by force.
    Looting,
    /// A threat of harm.
    Threat,
    /// Kept from passing or working.
    Obstruction,
    /// Taken into custody under a law.
    Arrest,
    /// None of the others.
    Other,
}

/// Whom harm was done to.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HarmRole {
    /// People taking no part in hostilities.
    Civilian,
    /// Staff of relief organisations.
    AidWorker,
    /// Medical staff.
    MedicalWorker,
    /// Members of a peacekeeping force.
    Peacekeeper,
    /// Members of armed forces or groups.
    Military,
    /// None of the others.
    Other,
}

/// Why people move.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MovementKind {
    /// Patients taken to care elsewhere.
    MedicalEvacuation,
    /// People taken out of danger by others.
    Evacuation,
    /// People leaving because they have to.
    Displacement,
    /// People going back.
    Return,
}

/// What a statement does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stance {
    /// Says what will be done.
    Announces,
    /// Says that something is so.
    Asserts,
    /// Says that something is not so.
    Denies,
    /// Asks somebody to act.
    Appeals,
    /// Accepts an obligation together with others.
    Agrees,
}

/// What sort of actor.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    /// A body of the United Nations.
    UnAgency,
    /// The International Red Cross and Red Crescent Movement.
    RedCrossRedCrescent,
    /// A non-governmental organisation.
    Ngo,
    /// An authority of a state.
    StateAuthority,
    /// An authority that governs without general recognition.
    DeFactoAuthority,
    /// An armed group.
    ArmedGroup,
    /// A peacekeeping force.
    Peacekeeper,
    /// A news outlet.
    Media,
    /// A community or its people.
    Community,
    /// None of the others.
    Other,
}

/// What a quantity is counted in; never converted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Unit {
    /// Tonnes.
    #[strum(props(code = "TNE"))]
    T,
    /// Kilograms.
    #[strum(props(code = "KGM"))]
    Kg,
    /// Litres.
    #[strum(props(code = "LTR"))]
    L,
    /// Cubic metres.
    #[strum(props(code = "MTQ"))]
    M3,
    /// Pallets.
    #[strum(props(code = "PX"))]
    Pallet,
    /// Trucks.
    Truck,
    /// Kits.
    #[strum(props(code = "KT"))]
    Kit,
    /// Households.
    Household,
    /// Persons.
    Person,
    /// Pieces.
    #[strum(props(code = "C62"))]
    Piece,
}

/// The coordination group that goods belong to (IASC).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    EnumIter,
    EnumMessage,
    EnumProperty,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Sector {
    /// Shelter and non-food items.
    #[strum(props(code = "SHL"))]
    Shl,
    /// Camp coordination and management.
    #[strum(props(code = "CCM"))]
    Ccm,
    /// Protection.
    #[strum(props(code = "PRO"))]
    Pro,
    /// Child protection.
    #[strum(props(code = "PRO-CPN"))]
    #[serde(rename = "PRO-CPN")]
    #[strum(serialize = "PRO-CPN")]
    ProCpn,
    /// Gender-based violence.
    #[strum(props(code = "PRO-GBV"))]
    #[serde(rename = "PRO-GBV")]
    #[strum(serialize = "PRO-GBV")]
    ProGbv,
    /// Mine action.
    #[strum(props(code = "PRO-MIN"))]
    #[serde(rename = "PRO-MIN")]
    #[strum(serialize = "PRO-MIN")]
    ProMin,
    /// Housing, land and property.
    #[strum(props(code = "PRO-HLP"))]
    #[serde(rename = "PRO-HLP")]
    #[strum(serialize = "PRO-HLP")]
    ProHlp,
    /// Food security.
    #[strum(props(code = "FSC"))]
    Fsc,
    /// Water, sanitation and hygiene.
    #[strum(props(code = "WSH"))]
    Wsh,
    /// Logistics.
    #[strum(props(code = "LOG"))]
    Log,
    /// Education.
    #[strum(props(code = "EDU"))]
    Edu,
    /// Nutrition.
    #[strum(props(code = "NUT"))]
    Nut,
    /// Health.
    #[strum(props(code = "HEA"))]
    Hea,
    /// Early recovery.
    #[strum(props(code = "ERY"))]
    Ery,
    /// Emergency telecommunications.
    #[strum(props(code = "TEL"))]
    Tel,
    /// Multi-sector.
    #[strum(props(code = "MUL"))]
    Mul,
}
