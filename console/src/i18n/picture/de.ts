/** Words of what is drawn: figures, stock, what is on its way, forms and units. Deutsch. */

import type { picture as english } from "./en";

export const picture: Record<keyof typeof english, string> = {
  "figure.table": "Als Tabelle zeigen",
  "figure.picture": "Als Bild zeigen",

  "pulse.final": "hier endgültig nach",
  "pulse.statements": "Erklärungen",
  "pulse.chart": "Erklärungen und Endgültigkeit, letzte Blöcke",

  "way.title": "Unterwegs",
  "way.all": "Alle",
  "way.none": "Nichts ist unterwegs",
  "way.none_more": "Was versandt ist, steht hier, bis es empfangen wird.",
  "way.packed": "{n} darin",
  "way.set_off": "aufgebrochen {ago}",
  "way.unknown": "nicht gesagt",

  "stock.title": "Wo die Dinge sind",
  "stock.when": "Jetzt oder über die Zeit",
  "stock.now": "Jetzt",
  "stock.past": "Letzte 30 Tage",
  "stock.chart": "Dinge an jedem Ort, nach dem, der sie hat",
  "stock.chart_past": "Dinge an allen Orten, nach dem, der sie hatte",
  "stock.others": "Andere Orte",
  "stock.day": "Tag",
  "stock.none": "Nirgends ist etwas",
  "stock.none_more": "Was an einem Ort empfangen oder gelagert wird, wird hier gezählt.",
  "stock.things": "Dinge",
  "stock.latest": "Zuletzt gekommen",
  "stock.more": "{n} und mehr",

  "live.title": "Validatoren",
  "live.proposed": "Zuletzt erzeugter Block",
  "live.signed": "Zuletzt unterschriebener Block",
  "live.seen": "Zuletzt gehört",
  "live.now": "unterschreibt",
  "live.behind": "zurück",
  "live.silent": "still",
  "live.unheard": "noch nicht gehört",

  "late.last": "Zuletzt gesehen in",
  "late.next": "Nächstes Ziel",
  "late.chart": "Seit so vielen Tagen unterwegs",
  "late.days_along": "Tage",
  "late.in_time": "Rechtzeitig",
  "late.truncated": "Es gibt mehr Sendungen, als angesehen wurden; die ältesten können fehlen.",

  "map.moving": "{n} unterwegs, zuletzt gesehen in {place}",
  "map.legend_place": "Was an einem Ort ist",
  "map.legend_moving": "Unterwegs, wo es zuletzt war",
  "map.legend_ahead": "Der Weg voraus",

  "form.epc_urn": "EPC-URN",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Elementzeichenfolge",
  "form.element_string_(scanned)": "Elementzeichenfolge, wie gescannt",
  "form.uii": "Eindeutige Artikelkennung (UII)",
  "form.uii_data_matrix": "UII in einem Data Matrix",

  "trace.documents": "Belege",
  "trace.documents_about": "Papiere, die Ereignisse dieses Dings nennen, auch die dessen, worin es damals verpackt war.",
  "trace.documents_none": "Kein Beleg ist genannt",
  "trace.documents_none_more": "Eine Bestellung oder ein Lieferavis steht hier, sobald ein Ereignis sie nennt.",
  "trace.document_kind": "Beleg",
  "trace.document_entries": "Einträge",
  "trace.document_first": "Zuerst genannt",

  "doc.po": "Bestellung",
  "doc.desadv": "Lieferavis",
  "doc.recadv": "Empfangsmeldung",
  "doc.inv": "Rechnung",
  "doc.bol": "Frachtbrief",
  "doc.cert": "Zertifikat",
  "doc.prodorder": "Fertigungsauftrag",
  "doc.rma": "Rücksendung",

  "unit.each": "Stück",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Wer darf",

  "help.choose": "Teil der Anleitung",
};
