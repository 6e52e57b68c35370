/**
 * Words that interface designers use in paths: resources, actions, qualifiers. A word list of our own, kept small on
 * purpose: it is one hint among several, so a word that is missing costs little. Stems only; plural and verb endings
 * are taken off before the look-up.
 */
const nouns = `
abuse access account achievement acknowledgement action activation activity actor ad add addon address admin administration
administrator advertisement affiliate agency agent agenda aggregate agreement alarm album alert algorithm alias allocation allowance amendment amount
analysis analytics announcement annotation answer anomaly api app appeal apple application appointment approval archive area
argument arrival article artifact artist aspect asset assertion assessment assignee assignment assistant association asynchronous atom attachment attempt
attendance attendee attestation attribute attribution auction audience audio audit author authentication authenticator authority authorization
autocomplete automation availability avatar award back backend background backup badge balance ban bandwidth bank banner barcode base basket
batch beacon bearer benchmark benefit beneficiary beta bid bill billing binary binding bio bitcoin blacklist blob block blocklist blog board body
book booking bookmark bonus boost bot bounce boundary box branch brand breach breakdown bridge brief broadcast broadcaster browser bucket budget bug build
builder building bulk bundle burst business button buyer cache calculation calculator calendar call callback caller campaign cancellation
candidate canvas capability capacity captcha caption capture card cardholder care cargo carousel carrier cart case cash cashier catalog catalogue category
cause cell center centre certificate certification chain challenge change changelog channel chapter character charge chargeback chart chat check checkin checklist checkout
checkpoint checksum child choice chunk circle circuit citation city claim class classification classifier clause cleanup click client clip clipboard clock cloud cluster
code codespace coin collaboration collaborator collateral collection collector color column command comment commerce commission commit commitment communication community company
comparison compensation competition complaint completion compliance component composition computation compute computer concept condition conductor conference config configuration
confirmation conflict connection connectivity connector consent console constant constraint consumer consumption contact container content contest context contract
contribution contributor control controller convention conversation conversion cookie coordinate coordination copilot copy core corporation correction cost count counter
counterparty country county coupon course courier cover coverage creation creative creator credential credit crew criteria cron currency current cursor curve
custodian custom customer customization cycle daemon dashboard data database dataset datasource date day deadline deal dealer debt debug debit decision deck declaration default
defect definition degree delay delegate delegation deletion delivery demand demo density department departure dependency dependent deploy deployment deposit depot deputy description
descriptor design desk desktop destination detail detection detector developer development device diagnosis diagnostic diagram dialog dictionary diff difference digest digital
dimension direction directive directory disbursement disclosure discount discovery discussion disk dispatch display disposition dispute distance distribution district division doc
doctor document documentation domain donation donor door download draft draw driver drive drop duplicate duration duty earning echo ecosystem edge edition editor education effect
election element email embed embedding emergency emoji emote employee employer employment encounter encryption end endorsement endpoint energy engagement engine enrichment enrollment entitlement
entity entry enterprise enum environment episode equipment error escalation escrow estimate evaluation evaluator event everything evidence example exam exception exchange exclusion execution
executor exemption expense experience experiment expiration expiry explanation explorer export expression extension extract face facet facility fact factor factory failover failure
fallback family fan faq fare farm favorite favourite fax feature fee feed feedback field figure file filename fill filter finance finding fine fingerprint firewall firmware flag
fleet flight floor flow folder follow follower following font food forecast fork form format formula forum foundation fragment frame framework fraud freight frequency friend front
fulfillment function fund funding fuel gadget gallery game gas gate gateway gauge generation generator genre geo geocode geofence geography geolocation gift gist git global goal good
grade grant graph group growth guarantee guardian guardrail guest guide guild guideline half handle handler handover hardware hash hashtag head header health heartbeat heatmap help hierarchy
highlight hint history hit hold holder holding holiday home honor hook hospital host hostname hotel hour house household housing hub human icon id idea identifier identity illustration image
impact impersonation implementation import impression improvement inbox incident inclusion income index indicator industry info information infrastructure ingest ingestion ingredient
ingress initiative injection inline input inquiry insight inspection installation instalment installment instance institution instruction instrument insurance insurer integration integrity intent interaction
interest interface interval interview introspection invalidation inventory investigation investment investor invitation invite invitee invoice ip issue issuer item itinerary job join journal journey judge
junction jwks kernel key keyword kind kit knowledge kudos label lambda landing language launch law layer layout lead leaderboard league leave lecture ledger lesson letter level liability library license
licence lien life lifecycle like limit limitation line lineage link liquidity list listener listing load loan lobby locale localization location lock lockout log logger logging logic login logo
logout loop loyalty machine mail mailbox mailing maintainer maintenance manager manifest manufacturer manual map mapping margin mark marker market marketing marketplace mask master match material
matter maximum meal measure measurement mechanism media mediation medication meeting member membership memo memory mention menu merchant merge message messaging metadata meta meter method metric microservice microdeposit
milestone mine minimum minute mirror mission mistake mobile mode model moderation moderator modification module moment money monitor monitoring month mood motion move movement movie multipart
music mutation name namespace nation navigation neighbor network news newsletter node nonce notarization note notebook notice notification number oauth object objective observability observation
observer occurrence offer offering office officer offset online opening openid operand operation operator opinion opportunity option oracle order ordering org organisation organization origin original
outage outbound outcome outlet output outbox overlap override overtime overview owner ownership pack package packet page pageview pagination pair palette panel paper paragraph param parameter
parcel parent park parking parser part partial participant participation partition partner party pass passcode passenger passkey passport password paste patch path patient pattern pause pay payee payer
payload payment payout payroll peer penalty people percentage percentile performance period permission permit persistence person persona personal personalization pet phase phone photo phrase phrasebook
physician pick pickup picture piece pin ping pipeline place placeholder placement plan planning plate platform play player playback playlist plugin pod poi point pointer
policy poll pool pop popup portal portfolio portion pose position post postcode poster posting potential power practice practitioner precondition predicate prediction preference premise premium
prescription presence presentation preset press prevention preview price pricing primary principal print printer priority privacy privilege prize probe problem procedure process processing processor
procurement producer product production profession profile profit program programme progress project projection promo promotion prompt proof property proposal prospect protection protocol provider
provision provisioning proxy publication publisher pull pulse purchase purchaser purpose push qualification quality quantity quarantine quarter query question queue quiz quota quotation quote race rack
radar radio range rank ranking rate rating ratio reaction reach read reader reading ready reality realm reason rebate rebuild recap receipt receivable receiver recipe recipient recommendation reconciliation
record recorder recording recovery recurrence redemption redirect reference referral refund region register registrar registration registry regulation rehearsal reimbursement relation relationship relay release relevance reload
reminder remote removal renewal rent rental repair repeat replay replica replication reply repo report reporter reporting repository representation repost representative reputation request requirement requisition
reservation reset residence resident resolution resolver resource response restaurant restore restriction result resume retailer retention retrieval retry return revenue reversal review reviewer revision revocation reward rewrite
ride rider right ring risk roadmap role roll rollback rollout rollup room root roster rota rotation round route router routing row royalty rule ruleset run runbook runner runtime safety sale salary
sample sandbox sanction satellite saving scale scan scanner scenario scene schedule scheduler schema scheme school scope score screen screenshot script search season seat second secret section sector security seed
segment segmentation selection selector self seller sender sensor sentence sentiment sequence series server service serviceability session set setting settlement setup severity shape share shareholder shelf shield shift ship shipment shipper shipping
shop shopper shortcode shortcut shot show sibling sidebar sign signal signature signer signin signing signup signout silence simulation simulator sink site sitemap size skill skin sku slide slot sms smart
snapshot snippet social society socket software solution song sort source space spam span speaker spec special specialist specification specimen spectrum speech speed spell spending split sponsor sponsorship sport spot spotlight spreadsheet sprint
square stack staff stage staging stake stand standard standing stargazer start starred startup stat state statement station statistics stats status stay step stock stop storage store storefront story storyboard strategy
stream streak streaming street string structure student studio style stylesheet subaccount subdomain subject submission submodule subscriber subscription subtask subtitle subtotal subtree success suggestion suite sum summary supplier supply support
surcharge survey suspension swap swarm switch symbol sync synchronization synonym syntax system tab table tag tail talent talk target tariff task tax taxonomy teacher team teammate technician technology telemetry telephone temperature
template tenancy tenant term terminal termination terminology territory test testimonial text texture theme thesaurus thing thread threat threshold thumbnail ticket tier tile time timeline timeout timer timesheet timestamp
timezone tip title today token tool toolbox tooltip top topic topology topup total tour tournament trace track tracker tracking trade trader traffic trail trailer train trainee trainer training transaction
transcript transcription transfer transform transformation transit transition translation transmission transport trash travel traveler tree trend trial trigger trip trivia trophy trunk trust try turn tutorial twin type
typing ui uninstall union unit universe university unlock unread update upgrade upload uptime uri url urn usage use user username utility utterance vacancy vacation validation validator valuation value variable variant variation vault
vehicle vendor venue verb verdict verification verifier version vertex video view viewer violation visibility visit visitor visualization vocabulary voice volume volunteer vote voter voucher vulnerability wage wait waiting waitlist waiver wall wallet
wallpaper want warehouse warning warranty watch watcher watchlist watermark way waypoint weather web webhook webinar website wednesday week weekday weekend weight wheel whitelist widget wifi wiki window winner wire wish wishlist
withdrawal witness word wordpress work worker workbook workday workflow workforce workload workplace workspace workout worklog world worktree writer year yield zip zipcode zone zoom
balancer cursor dns dhcp ssl vlan vpc vpn vps firewall hypervisor kubeconfig lke nic subnet nat nodebalancer longview placement stackscript object observability tld whois nameserver tls cert csr crl ocsp acme keypair keyring keystore
statefulset daemonset replicaset configmap cronjob endpointslice persistent claim toleration taint limitrange podtemplate hpa crd webhookconfiguration healthcheck apiserver
ach sepa iban swift bic bin pan cvv psp kyc aml fx otc etf isin cusip nav apy apr ohlc orderbook ticker candle kline margin perpetual future staking validator mempool utxo nft erc wei gas ledger
`;
const verbs = `
accept acknowledge acquire append activate adjust admit advance align allocate allow analyze announce apply appoint approve arrange ask assess assign associate assume attach attend authenticate authorize auto balance
become begin bind boot calculate cancel canonicalize capture cast challenge change charge check choose claim clear clone close collapse collect combine commit compare compile complete compose compress compute
confirm connect consume contain continue convert cordon correct create deactivate decide decline decode decommission decrease decrement decrypt deduct define delete deliver demote deny deprecate deregister
describe destroy detach detect determine disable disassociate discard disconnect discover dismiss dispatch distribute download drain drop dump edit eject elect enable encode encrypt endorse enqueue enroll ensure enter erase escalate
establish estimate evaluate evict exceed exchange exclude exec execute exist exit expand expire explain explore exploit export expose extend extract fail fetch file fill finalize find finish fix flatten flip flush
forget forward freeze fulfill generate get give grant handle hang hide identify ignore impersonate import improve include increase increment infer inform init initialize initiate inject insert inspect install instantiate
interrupt introduce invalidate invite invoke issue join keep kick kill launch leave lend limit link list listen load lock login logout lookup make manage mark match merge migrate mint mock modify mount move mutate mute
negotiate normalize notify obtain offboard onboard open optimize overwrite parse patch pause perform persist pick pin plan play poll populate post postpone power predict prepare prevent proceed process produce promote propose protect prove provide
prune publish purge push put qualify query raise react read reactivate reassign rebalance reboot receive recharge reclaim recommend recompute reconcile reconnect recover recreate redeem redo redeliver reduce refer refine refresh
register reindex reinstall reinstate reject relate release relocate remind remove rename render renew reopen reorder repair repeat replace replicate reply report reprocess request require rerun reschedule resend reserve reset resize resolve
respond restart restore restrict resubmit resume retire retract retrieve retrigger retry return reuse reveal reverse revert review revise revoke rewind rollover rotate run save scan schedule score screen seal search secure see seed select
sell send separate serve set settle share shutdown sign simulate skip snooze solve sort spend start stop stream submit subscribe substitute suggest suspend sync synchronize take terminate tokenize toggle topup touch train
transcribe transfer transform translate transmit trigger trim truncate trust tune unarchive unassign unban unblock unbookmark uncordon undelete undeploy undo unfavorite unfavourite unfollow unfreeze uninstall unlike unlink unlock unmark
unmerge unmount unmute unpause unpin unprotect unpublish unread unregister unreserve unrestrict unretweet unset unshare unstar unstage unsubscribe unsuspend untag unvote unwatch unwrap update upgrade upload upsert use validate
verify view visit void vote wait wake warn watch wipe withdraw wrap write
`;
const qualifiers = `
absolute accessible accountable tomorrow yesterday today this that these each every other than from into per about above after before below between by during since until via active actual additional advanced all allowed alternative annual anonymous any applicable approved archived assigned async at auto automatic available basic best blocked both bulk by can closed common complete
completed completely computed conditional confirmed connected connect critical cross current custom daily dark dead deep default deleted delta dependent detailed direct disabled display done draft due dynamic early effective eligible embedded empty
enabled expired exposed external extra fast failed favorite featured federated final financial first fixed for forgot forgotten free from front full future general generic group guided hard here hidden high historical hosted hourly immediate important
in inactive inbound incoming individual initial inner internal internet invalid is joined just last late latest legacy light linked live local locked long low magic main managed mandatory manual many matching max maximal me merged mine minimal missing
mixed mock monthly multi multiple mutual my native near nearby nested new next normal not of off offline ok old on one only open optional other out outer outgoing outstanding overall own owned paid parallel past pending
permanent personal physical pinned planned popular possible pre preferred previous primary prior private pro provided public published queued quick random raw real realtime recent recurring redundant regional registered regular rejected related
relative required resolved restricted reusable root safe same saved scheduled secondary self sent separate shared short signed similar simple single smart sold special spent stale standard static stored structured sub successful super supported suspended
synthetic system temp temporary third to toll top trending tracked trusted two unassigned unauthorized under unique universal unlimited unpaid unread unresolved unused unverified up upcoming urgent used valid variable verified via virtual visible
waiting weekly whole with within without yearly you your
`;
const technical = `
2fa 3ds e2e i18n l10n k8s b2b b2c p2p acl acls addr admin alg ansible api apis apikey apikeys app apps args arn asn async attr attrs auth authn authz authorize aws azure bff bgp blog bom cdn cert certs cfg cgi chmod ci cidr cli cmd cms cname config configs conf cors cpu creds crm cron csv ctrl db dbs debug def dev devops diff dir dirs dist dlq dns
dnd docker docs ebs ec2 ecs ecr ect efs elb erp es eth etl env envs ext faq fcm feat fn fs ftp func gateway gcp gcm geoip gh gpg gpu graphql grpc gui hls hmac http https iam ical icon ids iframe imap img imgs info init ini inv io ios ipam ips ipv4 ipv6 iso jar jit jms job js json jsonrpc jwk jwt k8s kafka kms kpi kv lang lat lb ldap lib libs lint llm
lng loc log ltv mail max mcp md5 mcc meta mfa mime min misc ml mqtt msg msgs mtls mx nfc ns ntp num oauth oauth1 oauth2 oci oidc ok ops org orgs os otp p2p params perf perms pki pgp plan pkce png pos ppm pr pre prefs prod profile ps pub pwd qa qr qrcode ram raw rbac rdp rds redis ref refs reg repo repos req res rest rfc rpc rss
rtc s3 saas sales saml scim sdk secrets seo sftp sha sha1 sha256 sip siprec sla slo sme smtp sni snmp soap sql sqs ssh ssl sso stats stun stt sts svc sys syslog tcp tag temp tmp tls tos totp tsdb tts ttl tty tv tx txn txns txt u2f udp ui uid undo uptime url urls usb userinfo utc utf8 util utils uuid uuids v1 v2 v3 var vars vcs vhost vm vms voip vpc vpn waf wasm wan web
webauthn webrtc wiki wms wmts ws wss www x509 xls xlsx xml xmpp xsd yaml zip gtfs gpx kml geojson fhir hl7 dicom icd loinc snomed odata hal jsonapi sparql rdf activitypub webfinger nodeinfo openapi swagger wsdl
`;

const verbStems = new Set<string>(verbs.split(/\s+/).filter((word) => word !== ''));
const stems = new Set<string>([nouns, verbs, qualifiers, technical].flatMap((list) => list.split(/\s+/).filter((word) => word !== '')));

/** Longest word that is looked up, in letters; beyond it nothing is a word. */
const pieceLengthMax = 32;

const endings = [
  's',
  'es',
  'ies',
  'ves',
  'ing',
  'ed',
  'er',
  'ers',
  'able',
  'ly',
  'or',
  'ors',
  'ion',
  'ions',
  'ation',
  'ations',
  'ment',
  'ments',
  'ness',
  'ity',
  'ities',
];
const prefixes = [
  're',
  'un',
  'de',
  'sub',
  'pre',
  'non',
  'multi',
  'meta',
  'auto',
  'micro',
  'super',
  'inter',
  'over',
  'mis',
  'dis',
  'co',
  'anti',
  'geo',
  'bio',
  'hyper',
  'self',
  'post',
];
const stemLengthMax = 18;

function hasEndingOfStem(word: string): boolean {
  for (const ending of endings) {
    if (!word.endsWith(ending)) continue;
    const base = word.slice(0, -ending.length);
    if (base.length < 3) continue;
    if (stems.has(base) || stems.has(`${base}e`)) return true;
    if ((ending === 'ies' || ending === 'ities' || base.endsWith('i')) && stems.has(`${base.replace(/i$/, '')}y`)) return true;
    if (ending === 'ves' && stems.has(`${base}f`)) return true;
    // A doubled consonant before an ending: `planned`.
    if (base.length > 3 && base.at(-1) === base.at(-2) && ending.length > 1 && stems.has(base.slice(0, -1))) return true;
  }
  return false;
}

/** Is the lower-case word (any usual ending or prefix) one that interfaces use? */
export function isPathWord(word: string): boolean {
  if (stems.has(word)) return true;
  if (word.length < 4 || word.length > pieceLengthMax) return false;
  if (hasEndingOfStem(word)) return true;
  for (const prefix of prefixes) {
    if (!word.startsWith(prefix) || word.length - prefix.length < 4) continue;
    const rest = word.slice(prefix.length);
    if (stems.has(rest) || hasEndingOfStem(rest)) return true;
    if (prefix === 'un' && rest.startsWith('re') && rest.length >= 6 && stems.has(rest.slice(2))) return true;
  }
  return false;
}

/** Is the lower-case word an imperative, such as `cancel`? */
export function isVerb(word: string): boolean {
  return verbStems.has(word);
}

/** Can the word be cut into two or three known words of at least three letters (`chartdetails`, `cardholder`)? */
function isCompound(word: string, cuts: number): boolean {
  if (word.length < 6 || word.length > pieceLengthMax) return false;
  for (let at = 3; at <= word.length - 3 && at <= stemLengthMax; at++) {
    const head = word.slice(0, at);
    if (!stems.has(head) && !hasEndingOfStem(head)) continue;
    const tail = word.slice(at);
    if (isPathWord(tail) || (cuts > 1 && isCompound(tail, cuts - 1))) return true;
  }
  return false;
}

/** Splits `listUserIDs`, `line_items`, `oauth2-token` into lower-case words; digits stay with the letters before them. */
export function wordsOf(text: string): string[] {
  if (/^[a-z0-9]+$/.test(text)) return [text];
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

const cacheMax = 20_000;
const cache = new Map<string, number>();

/**
 * Share of the letters of a segment that belong to known words, 0 to 1: `credit_notes` 1, `meadow` 0, `copper-key` .33.
 * A number after a known word counts as known (`oauth2`), as do version words.
 */
export function familiarity(text: string): number {
  const held = cache.get(text);
  if (held !== undefined) return held;
  let known = 0;
  let all = 0;
  for (const word of wordsOf(text)) {
    const letters = word.replace(/[^a-z]/g, '').length;
    if (letters === 0) continue;
    all += letters;
    const stem = word.replace(/\d{1,2}$/, '');
    if (isPathWord(word) || /^v\d+$/.test(word)) known += letters;
    else if (stem !== word && stem.length >= 2 && stems.has(stem)) known += letters;
    else if (isCompound(stem, 2)) known += letters;
  }
  const share = all === 0 ? 0 : known / all;
  if (cache.size >= cacheMax) cache.clear();
  cache.set(text, share);
  return share;
}

const besideIds = new Set(
  'search count counts me self mine current latest newest recent bulk batch export import all any list lookup find query stats statistics summary overview default defaults new create validate verify preview check status types categories schema meta metadata available upcoming popular trending suggestions suggest autocomplete recommended random top first last total totals aggregate health ping version history archived deleted unread active public shared filter filters options'.split(
    ' ',
  ),
);

/** Words that often stand beside the ids of a collection and name an operation of their own: `/orders/search`. */
export function standsBesideIds(text: string): boolean {
  return besideIds.has(text.toLowerCase());
}

/** Does the segment read as the name of a collection (`orders`, `tax_ids`, `people`)? */
export function readsPlural(text: string): boolean {
  const last = wordsOf(text.replace(/\.(json|xml)$/i, '')).at(-1) ?? '';
  if (/^(people|children|media|data|metadata|staff|criteria|feet|men|women|indices|vertices)$/.test(last)) return true;
  return last.length > 3 && last.endsWith('s') && !/(ss|us|is|news|ous|ics)$/.test(last);
}

/** `orders` -> `order`, `categories` -> `category`, `people` -> `person`. */
export function singular(word: string): string {
  const irregular: Record<string, string> = {
    people: 'person',
    children: 'child',
    indices: 'index',
    vertices: 'vertex',
    criteria: 'criterion',
    media: 'media',
    data: 'data',
    series: 'series',
    statuses: 'status',
    aliases: 'alias',
    addresses: 'address',
    analyses: 'analysis',
    movies: 'movie',
    cookies: 'cookie',
  };
  const lower = word.toLowerCase();
  const found = irregular[lower];
  if (found !== undefined) return found;
  if (/(ss|us|is)$/.test(lower)) return word;
  if (/ies$/.test(lower) && lower.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ches|shes|xes|sses|zes)$/.test(lower)) return word.slice(0, -2);
  if (/s$/.test(lower) && lower.length > 3) return word.slice(0, -1);
  return word;
}
