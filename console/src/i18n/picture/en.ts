/** Words of what is drawn: figures, stock, what is on its way, forms and units. English, the source. */

export const picture = {
  "figure.table": "Show as a table",
  "figure.picture": "Show as a picture",

  "pulse.final": "final here after",
  "pulse.statements": "statements",
  "pulse.chart": "Statements and finality, last blocks",

  "way.title": "On its way",
  "way.all": "All of them",
  "way.none": "Nothing is on its way",
  "way.none_more": "What is shipped stands here until it is received.",
  "way.packed": "{n} in it",
  "way.set_off": "set off {ago}",
  "way.unknown": "not said",

  "stock.title": "Where things are",
  "stock.when": "Now or over time",
  "stock.now": "Now",
  "stock.past": "Last 30 days",
  "stock.chart": "Things at each place, by who holds them",
  "stock.chart_past": "Things at all places, by who held them",
  "stock.others": "Other places",
  "stock.day": "Day",
  "stock.none": "Nothing stands anywhere",
  "stock.none_more": "What is received or stored at a place is counted here.",
  "stock.things": "Things",
  "stock.latest": "Last came",
  "stock.more": "{n} and more",

  "live.title": "Validators",
  "live.proposed": "Last block made",
  "live.signed": "Last block signed",
  "live.seen": "Heard of",
  "live.now": "signs",
  "live.behind": "behind",
  "live.silent": "silent",
  "live.unheard": "not yet heard of",

  "late.last": "Last seen at",
  "late.next": "Next",
  "late.chart": "On their way for so many days",
  "late.days_along": "Days",
  "late.in_time": "In time",
  "late.truncated": "There are more consignments than were looked at; the oldest may be missing.",

  "map.moving": "{n} on the way, last seen at {place}",
  "map.legend_place": "What is at a place",
  "map.legend_moving": "On its way, where it was last",
  "map.legend_ahead": "The way ahead",

  "form.epc_urn": "EPC URN",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Element string",
  "form.element_string_(scanned)": "Element string, as scanned",
  "form.uii": "Unique item identifier (UII)",
  "form.uii_data_matrix": "UII in a Data Matrix",

  "unit.each": "pieces",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Who may",

  "help.choose": "Part of the guide",
};
