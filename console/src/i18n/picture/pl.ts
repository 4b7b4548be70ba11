/** Words of what is drawn: figures, stock, what is on its way, forms and units. Polski. */

import type { picture as english } from "./en";

export const picture: Record<keyof typeof english, string> = {
  "figure.table": "Pokaż jako tabelę",
  "figure.picture": "Pokaż jako wykres",

  "pulse.final": "tutaj ostateczne po",
  "pulse.statements": "oświadczenia",
  "pulse.chart": "Oświadczenia i ostateczność, ostatnie bloki",

  "way.title": "W drodze",
  "way.all": "Wszystkie",
  "way.none": "Nic nie jest w drodze",
  "way.none_more": "To, co wysłano, jest tutaj aż do odbioru.",
  "way.packed": "w środku: {n}",
  "way.set_off": "wyruszyło {ago}",
  "way.unknown": "nie podano",

  "stock.title": "Gdzie są rzeczy",
  "stock.when": "Teraz lub w czasie",
  "stock.now": "Teraz",
  "stock.past": "Ostatnie 30 dni",
  "stock.chart": "Rzeczy w każdym miejscu, według tego, kto je ma",
  "stock.chart_past": "Rzeczy we wszystkich miejscach, według tego, kto je miał",
  "stock.others": "Inne miejsca",
  "stock.day": "Dzień",
  "stock.none": "Nigdzie nic nie ma",
  "stock.none_more": "To, co odebrano lub złożono w danym miejscu, jest tutaj liczone.",
  "stock.things": "Rzeczy",
  "stock.latest": "Ostatnio przybyło",
  "stock.more": "{n} i więcej",

  "live.title": "Walidatorzy",
  "live.proposed": "Ostatnio utworzony blok",
  "live.signed": "Ostatnio podpisany blok",
  "live.seen": "Ostatni sygnał",
  "live.now": "podpisuje",
  "live.behind": "w tyle",
  "live.silent": "milczy",
  "live.unheard": "jeszcze bez sygnału",

  "late.last": "Ostatnio widziane w",
  "late.next": "Następnie",
  "late.chart": "W drodze od tylu dni",
  "late.days_along": "Dni",
  "late.in_time": "W terminie",
  "late.truncated": "Przesyłek jest więcej, niż sprawdzono; najstarszych może brakować.",

  "map.moving": "{n} w drodze, ostatnio widziane w {place}",
  "map.legend_place": "Co jest w danym miejscu",
  "map.legend_moving": "W drodze, ostatnia pozycja",
  "map.legend_ahead": "Dalsza droga",

  "form.epc_urn": "URN EPC",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Ciąg elementów",
  "form.element_string_(scanned)": "Ciąg elementów, jak zeskanowano",
  "form.uii": "Unikalny identyfikator (UII)",
  "form.uii_data_matrix": "UII w kodzie Data Matrix",

  "trace.documents": "Dokumenty",
  "trace.documents_about": "Dokumenty, które wymieniają zdarzenia tej rzeczy, także tego, w czym była wtedy zapakowana.",
  "trace.documents_none": "Nie wymieniono żadnego dokumentu",
  "trace.documents_none_more": "Zamówienie lub awizo wysyłki pojawi się tu, gdy wymieni je zdarzenie.",
  "trace.document_kind": "Dokument",
  "trace.document_entries": "Wpisy",
  "trace.document_first": "Po raz pierwszy",

  "doc.po": "Zamówienie",
  "doc.desadv": "Awizo wysyłki",
  "doc.recadv": "Awizo odbioru",
  "doc.inv": "Faktura",
  "doc.bol": "Konosament",
  "doc.cert": "Certyfikat",
  "doc.prodorder": "Zlecenie produkcji",
  "doc.rma": "Zwrot",

  "unit.each": "szt.",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Kto może",

  "help.choose": "Część przewodnika",
};
