/** Words of what is drawn: figures, stock, what is on its way, forms and units. Italiano. */

import type { picture as english } from "./en";

export const picture: Record<keyof typeof english, string> = {
  "figure.table": "Mostra come tabella",
  "figure.picture": "Mostra come grafico",

  "pulse.final": "definitivo qui dopo",
  "pulse.statements": "dichiarazioni",
  "pulse.chart": "Dichiarazioni e definitività, ultimi blocchi",

  "way.title": "In viaggio",
  "way.all": "Tutti",
  "way.none": "Niente è in viaggio",
  "way.none_more": "Ciò che è spedito sta qui finché non è ricevuto.",
  "way.packed": "{n} all’interno",
  "way.set_off": "partito {ago}",
  "way.unknown": "non indicato",

  "stock.title": "Dove sono le cose",
  "stock.when": "Ora o nel tempo",
  "stock.now": "Ora",
  "stock.past": "Ultimi 30 giorni",
  "stock.chart": "Cose in ogni luogo, per chi le detiene",
  "stock.chart_past": "Cose in tutti i luoghi, per chi le deteneva",
  "stock.others": "Altri luoghi",
  "stock.day": "Giorno",
  "stock.none": "Non c’è nulla da nessuna parte",
  "stock.none_more": "Ciò che è ricevuto o depositato in un luogo è contato qui.",
  "stock.things": "Cose",
  "stock.latest": "Ultimo arrivo",
  "stock.more": "{n} e oltre",

  "live.title": "Validatori",
  "live.proposed": "Ultimo blocco prodotto",
  "live.signed": "Ultimo blocco firmato",
  "live.seen": "Ultimo segno",
  "live.now": "firma",
  "live.behind": "in ritardo",
  "live.silent": "silente",
  "live.unheard": "non ancora sentito",

  "late.last": "Visto l’ultima volta a",
  "late.next": "Prossima tappa",
  "late.chart": "In viaggio da tanti giorni",
  "late.days_along": "Giorni",
  "late.in_time": "In orario",
  "late.truncated": "Ci sono più spedizioni di quelle esaminate; le più vecchie possono mancare.",

  "map.moving": "{n} in viaggio, visto l’ultima volta a {place}",
  "map.legend_place": "Ciò che è in un luogo",
  "map.legend_moving": "In viaggio, ultima posizione",
  "map.legend_ahead": "La strada che resta",

  "form.epc_urn": "URN EPC",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Stringa di elementi",
  "form.element_string_(scanned)": "Stringa di elementi, come letta",
  "form.uii": "Identificativo unico (UII)",
  "form.uii_data_matrix": "UII in un Data Matrix",

  "trace.documents": "Documenti",
  "trace.documents_about": "Documenti citati dagli eventi di questa cosa, anche di ciò in cui era imballata allora.",
  "trace.documents_none": "Nessun documento è citato",
  "trace.documents_none_more": "Un ordine o un avviso di spedizione sta qui appena un evento lo cita.",
  "trace.document_kind": "Documento",
  "trace.document_entries": "Voci",
  "trace.document_first": "Citato la prima volta",

  "doc.po": "Ordine d’acquisto",
  "doc.desadv": "Avviso di spedizione",
  "doc.recadv": "Avviso di ricevimento",
  "doc.inv": "Fattura",
  "doc.bol": "Polizza di carico",
  "doc.cert": "Certificato",
  "doc.prodorder": "Ordine di produzione",
  "doc.rma": "Reso",

  "unit.each": "pezzi",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Chi può",

  "help.choose": "Parte della guida",
};
