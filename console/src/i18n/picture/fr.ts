/** Words of what is drawn: figures, stock, what is on its way, forms and units. Français. */

import type { picture as english } from "./en";

export const picture: Record<keyof typeof english, string> = {
  "figure.table": "Afficher en tableau",
  "figure.picture": "Afficher en graphique",

  "pulse.final": "définitif ici après",
  "pulse.statements": "déclarations",
  "pulse.chart": "Déclarations et finalité, derniers blocs",

  "way.title": "En route",
  "way.all": "Tous",
  "way.none": "Rien n’est en route",
  "way.none_more": "Ce qui est expédié figure ici jusqu’à sa réception.",
  "way.packed": "{n} à l’intérieur",
  "way.set_off": "parti {ago}",
  "way.unknown": "non précisé",

  "stock.title": "Où sont les choses",
  "stock.when": "Maintenant ou dans le temps",
  "stock.now": "Maintenant",
  "stock.past": "30 derniers jours",
  "stock.chart": "Choses à chaque lieu, selon qui les détient",
  "stock.chart_past": "Choses en tous lieux, selon qui les détenait",
  "stock.others": "Autres lieux",
  "stock.day": "Jour",
  "stock.none": "Il n’y a rien nulle part",
  "stock.none_more": "Ce qui est reçu ou stocké en un lieu est compté ici.",
  "stock.things": "Choses",
  "stock.latest": "Dernière arrivée",
  "stock.more": "{n} et plus",

  "live.title": "Validateurs",
  "live.proposed": "Dernier bloc produit",
  "live.signed": "Dernier bloc signé",
  "live.seen": "Dernier signe",
  "live.now": "signe",
  "live.behind": "en retard",
  "live.silent": "silencieux",
  "live.unheard": "pas encore entendu",

  "late.last": "Vu en dernier à",
  "late.next": "Ensuite",
  "late.chart": "En route depuis tant de jours",
  "late.days_along": "Jours",
  "late.in_time": "Dans les délais",
  "late.truncated": "Il y a plus d’envois que ceux examinés; les plus anciens peuvent manquer.",

  "map.moving": "{n} en route, vu en dernier à {place}",
  "map.legend_place": "Ce qui est en un lieu",
  "map.legend_moving": "En route, dernière position",
  "map.legend_ahead": "Le trajet restant",

  "form.epc_urn": "URN EPC",
  "form.digital_link": "GS1 Digital Link",
  "form.element_string": "Chaîne d’éléments",
  "form.element_string_(scanned)": "Chaîne d’éléments, telle que lue",
  "form.uii": "Identifiant unique d’article (UII)",
  "form.uii_data_matrix": "UII dans un Data Matrix",

  "trace.documents": "Documents",
  "trace.documents_about": "Documents que citent les événements de cette chose, y compris ceux de son contenant d’alors.",
  "trace.documents_none": "Aucun document n’est cité",
  "trace.documents_none_more": "Une commande ou un avis d’expédition figure ici dès qu’un événement le cite.",
  "trace.document_kind": "Document",
  "trace.document_entries": "Entrées",
  "trace.document_first": "Cité d’abord",

  "doc.po": "Commande",
  "doc.desadv": "Avis d’expédition",
  "doc.recadv": "Avis de réception",
  "doc.inv": "Facture",
  "doc.bol": "Connaissement",
  "doc.cert": "Certificat",
  "doc.prodorder": "Ordre de fabrication",
  "doc.rma": "Retour",

  "unit.each": "pièces",
  "unit.tonne": "t",
  "unit.cubic_metre": "m³",

  "nav.policy": "Qui peut",

  "help.choose": "Partie du guide",
};
