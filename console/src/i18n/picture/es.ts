/** Words of what is drawn: figures, stock, what is on its way, forms and units. Español. */

import type { picture as english } from "./en";

export const picture: Record<keyof typeof english, string> = {
  "figure.table": "Mostrar como tabla",
  "figure.picture": "Mostrar como gráfico",

  "pulse.final": "definitivo aquí tras",
  "pulse.statements": "declaraciones",
  "pulse.chart": "Declaraciones y firmeza, últimos bloques",

  "way.title": "En camino",
  "way.all": "Todos",
  "way.none": "Nada está en camino",
  "way.none_more": "Lo que se ha expedido figura aquí hasta que se recibe.",
  "way.packed": "{n} dentro",
  "way.set_off": "salió {ago}",
  "way.unknown": "no indicado",

  "stock.title": "Dónde están las cosas",
  "stock.when": "Ahora o en el tiempo",
  "stock.now": "Ahora",
  "stock.past": "Últimos 30 días",
  "stock.chart": "Cosas en cada lugar, según quién las tiene",
  "stock.chart_past": "Cosas en todos los lugares, según quién las tenía",
  "stock.others": "Otros lugares",
  "stock.day": "Día",
  "stock.none": "No hay nada en ningún lugar",
  "stock.none_more": "Lo que se recibe o almacena en un lugar se cuenta aquí.",
  "stock.things": "Cosas",
  "stock.latest": "Última llegada",
  "stock.more": "{n} y más",

  "live.title": "Validadores",
  "live.proposed": "Último bloque creado",
  "live.signed": "Último bloque firmado",
  "live.seen": "Última señal",
  "live.now": "firma",
  "live.behind": "atrasado",
  "live.silent": "en silencio",
  "live.unheard": "aún sin señal",

  "late.last": "Visto por última vez en",
  "late.next": "Siguiente",
  "late.chart": "En camino desde hace tantos días",
  "late.days_along": "Días",
  "late.in_time": "A tiempo",
  "late.truncated": "Hay más envíos de los examinados; pueden faltar los más antiguos.",

  "map.moving": "{n} en camino, visto por última vez en {place}",
  "map.legend_place": "Lo que hay en un lugar",
  "map.legend_moving": "En camino, última posición",
  "map.legend_ahead": "El camino que queda",

  "form.epc_urn": "URN EPC",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Cadena de elementos",
  "form.element_string_(scanned)": "Cadena de elementos, tal como se lee",
  "form.uii": "Identificador único (UII)",
  "form.uii_data_matrix": "UII en un Data Matrix",

  "trace.documents": "Documentos",
  "trace.documents_about": "Documentos que citan los eventos de esta cosa, también los de aquello en lo que iba entonces.",
  "trace.documents_none": "No se cita ningún documento",
  "trace.documents_none_more": "Un pedido o un aviso de expedición figura aquí en cuanto un evento lo cita.",
  "trace.document_kind": "Documento",
  "trace.document_entries": "Entradas",
  "trace.document_first": "Citado por primera vez",

  "doc.po": "Pedido",
  "doc.desadv": "Aviso de expedición",
  "doc.recadv": "Aviso de recepción",
  "doc.inv": "Factura",
  "doc.bol": "Conocimiento de embarque",
  "doc.cert": "Certificado",
  "doc.prodorder": "Orden de producción",
  "doc.rma": "Devolución",

  "unit.each": "unidades",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Quién puede",

  "help.choose": "Parte de la guía",
};
