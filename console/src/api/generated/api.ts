/** The node's interface. Made by `npm run generate` from openapi/convoy.json. Do not edit. */

export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in OpenMetrics text, for Prometheus. */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description (OpenAPI 3.1). */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have the node sign actions and submit them.
         * @description The node signs with the key of the token's signer, so the statement says that its key is held by the member's node. Actions that demand the person's own key
         *     are refused; sign those yourself and use `/v1/statements`. `?dry_run=true` tells what would happen and submits nothing.
         */
        post: operations["act"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Final blocks, ascending. */
        get: operations["listBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/blocks/{height}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One final block with its statements. It never changes. */
        get: operations["getBlock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases of missing goods, newest first. */
        get: operations["listCases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case of missing goods. */
        get: operations["getCase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the EPCIS interface offers. */
        get: operations["epcisResources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Capture jobs, the newest first. */
        get: operations["listCaptureJobs"];
        put?: never;
        /**
         * Capture an EPCIS document.
         * @description The body is an `EPCISDocument` with events of all five types, at most 64 MiB and 250,000 events, in JSON-LD (EPCIS 2.0; also a single event) or XML (EPCIS
         *     2.0 and 1.0 to 1.2). The node signs for the token's signer. Wrong events answer 400 with `errors`: for each a JSON pointer or XPath, the rule and the
         *     remedy. An event that the ledger has already answers 409.
         *
         *     With `GS1-Capture-Error-Behaviour: rollback` (the default) all events go into one statement, so at most 500; with `proceed` they are split, and events that
         *     are wrong or refused are left out and told in the job, the first 10,000 of them.
         */
        post: operations["captureEpcis"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/capture/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A capture job.
         * @description Jobs are kept in memory, the newest 1,000. One that the node has forgotten is told from its statement on the ledger, where it had only one.
         */
        get: operations["getCaptureJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Query captured events.
         * @description Every parameter of the standard's `SimpleEventQuery` (EPCIS 2.0 section 8.2.7.1) is taken: `eventType`, `GE_eventTime`, `EQ_bizStep`, `MATCH_epc` with
         *     patterns, `EQ_bizTransaction_po`, `WD_readPoint`, extension fields as `EQ_prefix:name`, sensors, `orderBy` and so on; lists are written with `|` between
         *     their values. A parameter that is unknown is refused. `perPage` (1 to 1,000) and the `Link` header page through the answer, which stays true for the height
         *     of its first page (`convoy-height`).
         */
        get: operations["pollEvents"];
        put?: never;
        /** Capture one event and wait until it is final. */
        post: operations["captureEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event by its id, with the declarations that it is wrong. */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/nextPageToken/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let go of a page token. The node holds nothing for it, so this only says whether it is one. */
        delete: operations["releasePageToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/queries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Named queries, by name. */
        get: operations["listQueries"];
        put?: never;
        /** Make a named query. */
        post: operations["createQuery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/queries/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A named query. */
        get: operations["getQuery"];
        put?: never;
        post?: never;
        /** Delete a named query and end its subscriptions. */
        delete: operations["deleteQuery"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/queries/{name}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The events of a named query.
         * @description Takes more parameters of `/v1/epcis/events`, joined by "and", and pages like it. With `stream=true` and `Accept: text/event-stream` they come as
         *     server-sent events whenever there are new ones: each event's `id` is where to go on, as `Last-Event-ID`.
         */
        get: operations["queryNamed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/queries/{name}/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Subscriptions of a query. */
        get: operations["listSubscriptions"];
        put?: never;
        /**
         * Subscribe to a query: its events are sent to an address as they come (`stream`), or at set times (`schedule`).
         * @description Each delivery is an `EPCISQueryDocument`, signed in `GS1-Signature` with the subscription's secret and named in `Convoy-Delivery`. Events come in the order
         *     recorded, each in one delivery; one that failed is tried again, under the same name, until the receiver answers 2xx, from where it was.
         */
        post: operations["subscribe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/queries/{name}/subscriptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One subscription: how far it got, and whether its receiver fails. */
        get: operations["getSubscription"];
        put?: never;
        post?: never;
        /** End a subscription. */
        delete: operations["unsubscribe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/{list}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What events ever told of: `eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints` or `dispositions`. */
        get: operations["browse"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/{list}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether events ever told of this type, object, step, place or condition, and what there is of it. */
        get: operations["browseOne"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/epcis/{list}/{name}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events that tell of it. Takes every parameter of `/v1/epcis/events` as well. */
        get: operations["browseEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Captured events, in the order recorded, as an EPCIS 2.0 query document.
         * @description Every event carries `recordTime`, the block's time. Declarations of errors are events too. Where there are more, the header `Link` names the next page (`rel="next"`).
         *     `GS1-EPC-Format: Always_EPC_URN` asks for URNs.
         */
        get: operations["queryEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that becomes final, live (server-sent events).
         * @description Events come in the ledger's order, each once. The `id` of each is the cursor behind it: hand it back as `Last-Event-ID` or `?cursor=` and nothing is missed or
         *     repeated, at this node or any other. Types: `statement` (became final), `goods`, `handover`, `case`, `member` (what the modules say), `block` (all of it was told), and
         *     `resume`, the last event of a connection that the node ends: come back with its cursor. A reader that takes nothing for 30 s is dropped.
         */
        get: operations["followFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Handovers, newest first. */
        get: operations["listHandovers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/handovers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One handover. */
        get: operations["getHandover"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the node is. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process answers. */
        get: operations["getLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the node takes statements and answers questions. */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identifiers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Say what a scanned or typed text is, and write what it names in all its forms.
         * @description Takes what scanners send of GS1 symbols (with AIM symbology identifier, separators as GS or what replaced them), elements in brackets, Digital Links,
         *     EPC URNs, tag memory in hexadecimal, marks of military items (ISO/IEC 15434), and single keys and codes. Text that can be read in several ways is refused
         *     with its readings.
         */
        get: operations["identify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every limit that a caller can run into. */
        get: operations["getLimits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every member. */
        get: operations["listMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One member. */
        get: operations["getMember"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The modules of this ledger. */
        get: operations["listModules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/accept_handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes over what is offered, but for what the discrepancies say.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyAcceptHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Records an event, or declares one wrong.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`, `scanner`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyCapture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/close_case": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Closes a case.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyCloseCase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/escalate_case": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Escalates an open case before its deadline does.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyEscalateCase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/offer_handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offers custody, ownership or both to another member.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyOfferHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/refuse_handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Declines what is offered.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyRefuseHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/report_loss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reports objects or amounts as lost: opens a case.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyReportLoss"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/actions/withdraw_handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes an offer back.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["custodyWithdrawHandover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/case": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case of goods that are missing or not as offered. */
        get: operations["custodyCase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases of goods that are missing or not as offered, newest first. */
        get: operations["custodyCases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/contents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is packed in an object, fitted to it or fixed at a place, to any depth, now or at an earlier moment. */
        get: operations["custodyContents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What transaction events tied to a business document or untied from it, oldest first. */
        get: operations["custodyDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One handover. */
        get: operations["custodyHandover"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Handovers, newest first. */
        get: operations["custodyHandovers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The module custody as data: what a generic page or program needs. */
        get: operations["custodySchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where an object, class or lot is, who answers for it, and everything that happened to it. */
        get: operations["custodyTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/custody/transformation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The transformation events that share a transformationID, oldest first. */
        get: operations["custodyTransformation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/ask_recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for a new key for a signer that lost all of its own.
         * @description Takes another administrator to confirm it.
         *
         *     The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipAskRecovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/assign_post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a post to a signer, or changes how long it is held.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipAssignPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/claim_enrolment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrols with a code.
         * @description Signed by any signer of the member, such as its node.
         *
         *     The signer needs one of the roles `member-administrator`, `node`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipClaimEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/clear_signer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says what a signer is cleared for.
         * @description Nobody clears oneself.
         *
         *     The signer needs one of the roles `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipClearSigner"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/confirm_recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirms a recovery that another administrator asked for: every key from before ends.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipConfirmRecovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/enrol_member": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes in a member.
         * @description By an administrator of a founding member until the governance module votes on it.
         *
         *     The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipEnrolMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/enrol_post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sets up a post of the member, whose holder has its roles.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipEnrolPost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/enrol_signer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes in a person, device or node.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipEnrolSigner"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/enrol_unit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes in a unit of the member.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipEnrolUnit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/grant_role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets a signer do more.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipGrantRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/leave_post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a post from a signer.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipLeavePost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/offer_enrolment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets whoever knows a code enrol once: a device that has no key yet, a person at the desk.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipOfferEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/register_key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives a signer another key.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipRegisterKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/retire_post": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a post.
         * @description Who holds it has its roles no longer.
         *
         *     The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipRetirePost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/revoke_key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a key invalid from this block on.
         * @description By the signer or an administrator.
         *
         *     Any active signer may; the module says more. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipRevokeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/rotate_key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Registers a key and revokes another in one step.
         * @description By the signer or an administrator.
         *
         *     Any active signer may; the module says more. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipRotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/set_member_status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspends, reinstates or retires a member.
         * @description By an administrator of a founding member.
         *
         *     The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipSetMemberStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/set_node_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replaces the keys of a member's node: rotation is a transaction.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipSetNodeKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/set_signer_status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suspends, reinstates or retires a signer.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipSetSignerStatus"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/actions/withdraw_role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets a signer do less.
         * @description The signer needs one of the roles `member-administrator`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["membershipWithdrawRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/member": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One member with its units. */
        get: operations["membershipMember"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every member. */
        get: operations["membershipMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The module membership as data: what a generic page or program needs. */
        get: operations["membershipSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/signer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One signer with its keys. */
        get: operations["membershipSigner"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/membership/signers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The signers of a member, by DID. */
        get: operations["membershipSigners"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approves what somebody else asked for.
         * @description Any active signer may; the module says more. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyApprove"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/ask_approval": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks others to approve an action before it is sent.
         * @description Any active signer may; the module says more. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyAskApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/put": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adds a policy.
         * @description The signer needs one of the roles `member-administrator`, `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyPut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/raise_label": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Raises the label of a record, or gives it one: fewer may read it from now on.
         * @description The signer needs one of the roles `logistics-officer`, `supplier-clerk`, `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyRaiseLabel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/release_label": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lowers the label of a record or releases it to more members.
         * @description By the member that originated it.
         *
         *     The signer needs one of the roles `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyReleaseLabel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Puts another text in place of a policy's.
         * @description The signer needs one of the roles `member-administrator`, `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyReplace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a policy.
         * @description Its id is not used again.
         *
         *     The signer needs one of the roles `member-administrator`, `security-officer`. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyRetire"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/actions/withdraw_request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a request back, while it cools off or afterwards.
         * @description By who asked, or an administrator of that member.
         *
         *     Any active signer may; the module says more. The node signs with the key of the token's signer. `?preview=true` tells what would happen and submits nothing.
         */
        post: operations["policyWithdrawRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who would gain and who would lose what, if this policy were put, replaced or retired. */
        get: operations["policyCompare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/label": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The label of one record. */
        get: operations["policyLabel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Records with a label, by name. */
        get: operations["policyLabels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The policies in force, by id. */
        get: operations["policyPolicies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One policy with its text. */
        get: operations["policyPolicy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One request for approval, with the action it is for. */
        get: operations["policyRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests for approval, newest first. */
        get: operations["policyRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The module policy as data: what a generic page or program needs. */
        get: operations["policySchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/modules/policy/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why somebody may or may not do something, in the policies' words, and who could grant it. */
        get: operations["policyWhy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The network and this node's place in it. */
        get: operations["getNetwork"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/objects/{id}/contents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is packed in an object, to any depth, now or at an earlier moment. */
        get: operations["getContents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Places whose position is known and near a point.
         * @description A position is known from a `geo:` URI, from `latitude` and `longitude` among an event's attributes of the place, or from a sensor at the read point.
         */
        get: operations["findPlacesNear"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/places/{id}/objects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything at a place, now or at an earlier moment.
         * @description Loose objects, outermost containers and loose amounts, those that came last first. What is packed is where its outermost container is. A page may hold
         *     fewer than asked for and still have a `next`.
         */
        get: operations["getObjectsAtPlace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every refusal that can be given: of the ledger, of a statement's form, and of this interface. */
        get: operations["listRefusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was said with certain words in it, the newest first.
         * @description Identifiers that came into being, business documents, master data and extensions of events, terms and reasons of handovers, accounts of cases.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who the token is: its name, what it may do, whom the node signs for, until when. */
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/signers/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A signer: member, roles, keys, and the next sequence of its lanes. */
        get: operations["getSigner"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/state/{module}/{table}/{key}/proof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prove that a record is in the ledger's state, or that it is not.
         * @description The proof leads from the record to the roots in the header of the last final block and its certificate; `convoy verify` checks it offline. A record
         *     larger than one cell is proved by its first cell, which holds its length and beginning. Records of what happened, such as events, have
         *     no state proof: the receipt of their statement proves them.
         */
        get: operations["getStateProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand in signed statements.
         * @description The body is one statement (`application/cose`) or a CBOR sequence of up to 1,000 (`application/cbor-seq`, RFC 8742; 1.5 MB). Each is admitted or refused by
         *     itself and answered in order. Admitted means: well formed, signed by a key that is valid now, next in its lane, and in this node's queue. Sending a
         *     statement again is safe: its id tells it apart. `Prefer: return=minimal` asks for counts and refusals only, which is the fast path.
         */
        post: operations["submitStatements"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What became of a statement.
         * @description With `wait_ms` the answer comes when the statement has ended, or with its present state after that time. A statement in a final block never changes its state.
         */
        get: operations["getStatement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements/{id}/body": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A final statement as it was signed. */
        get: operations["getStatementBody"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements/{id}/compact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A statement with its compact receipt: path, header and certificate, small enough for a QR code. */
        get: operations["getCompactReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements/{id}/life": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * When a statement passed the stages of its life.
         * @description As this node saw them. Nothing depends on these times; for what the network agreed on, see the block's time.
         */
        get: operations["getStatementLife"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/statements/{id}/transparent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A transparent statement (RFC 9943): the statement with members' receipts (RFC 9942) at header 394.
         * @description It proves that the statement was accepted, and verifies with no network in any SCITT tool.
         */
        get: operations["getTransparentStatement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trace/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Trace one object, class or lot.
         * @description Where it is, who owns it and who has it, what it is packed in, what is packed in it, and its history in the order recorded: also what happened to what it was packed
         *     in. A wrong event stays visible with what corrected it. The identifier may have any form: EPC URN, GS1 Digital Link, other URI, or what was scanned.
         */
        get: operations["trace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The trust file: what an offline verifier has to believe.
         * @description Get it from somebody you trust, once; from then on receipts verify with no network.
         */
        get: operations["getTrust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An action. */
        ActionSchema: {
            /** @description Its fields, by way of example. */
            example: Record<string, never>;
            /** @description Its fields. */
            fields: components["schemas"]["FieldSchema"][];
            /** @description Only the genesis document may say it: it cannot be asked for. */
            genesis_only: boolean;
            /** @description What else there is to know. */
            more?: string;
            /**
             * @description Its name, as in paths and JSON.
             * @example offer_handover
             */
            name: string;
            /** @description One of these roles is needed; any active signer may where the list is empty. */
            roles: string[];
            /** @description What it does. */
            summary: string;
        };
        /** @description Actions to be signed and submitted as one statement; they take effect all or none. */
        Actions: {
            /** @description The actions, in order; 1 to 1,000. */
            actions: components["schemas"]["ModuleAction"][];
            /**
             * Format: int32
             * @description The signer's lane, 0 to 63.
             * @default 0
             */
            lane: number;
            /**
             * Format: int64
             * @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out.
             */
            not_after_ms?: number | null;
            /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
            subject?: string | null;
        };
        /**
         * @description Whose hand holds a key: the signer's own, or the member's node.
         * @enum {string}
         */
        Assurance: "own_key" | "held_by_node";
        /** @description An answer and the height it is true for. */
        AtHeight_BlockList: {
            /** @description By height. */
            blocks: components["schemas"]["BlockView"][];
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_CasePage: {
            /** @description The newest first. */
            cases: components["schemas"]["CaseView"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_CaseView: {
            /** @description What was found out, when it was closed. */
            account?: string;
            /** @description Its id. */
            case: string;
            changed?: null | components["schemas"]["Recorded"];
            /** @description What is known of it, of a loss. */
            circumstances?: string;
            /** @description What was not as offered. */
            discrepancies?: components["schemas"]["DiscrepancyView"][];
            /** @description It has to be closed by this time (ISO 8601). */
            due: string;
            /** @description The handover whose discrepancy it is. */
            handover?: string | null;
            /** @description `loss` or `discrepancy`. */
            kind: string;
            /** @description The member that reported the loss and investigates, or that named the discrepancy. */
            member: string;
            /**
             * Format: int32
             * @description Objects still missing.
             */
            missing: number;
            /** @description The objects reported. */
            objects: string[];
            /** @description The report. */
            opened: components["schemas"]["Recorded"];
            /** @description The member that offered what is not as offered. */
            other?: string | null;
            /** @description The amounts reported. */
            portions: components["schemas"]["PortionView"][];
            /** @description `open`, `escalated`, `found`, `written_off`, `upheld` or `unfounded`. */
            state: string;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_ContentsView: {
            /** @description What is packed directly in it, each with what is in that. */
            contents: components["schemas"]["ContentView"][];
            /** @description The container. */
            object: string;
            /** @description Whether something was left out because there is too much. */
            truncated: boolean;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_HandoverPage: {
            /** @description The newest first. */
            handovers: components["schemas"]["HandoverView"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_HandoverView: {
            /** @description The case that opened for it. */
            case?: string | null;
            /** @description `custody`, `ownership` or `both`. */
            conveys: string;
            /** @description What was not as offered. */
            discrepancies?: components["schemas"]["DiscrepancyView"][];
            ended?: null | components["schemas"]["Recorded"];
            /** @description It cannot be accepted from this time on (ISO 8601). */
            expires: string;
            /** @description Who offers. */
            from: string;
            /** @description Its id. */
            handover: string;
            /** @description The objects named; what is packed in them goes with them. */
            objects: string[];
            /** @description The offer. */
            offered: components["schemas"]["Recorded"];
            /** @description Where it shall happen. */
            place?: string | null;
            /** @description Loose amounts. */
            portions: components["schemas"]["PortionView"][];
            /** @description Why it was refused. */
            reason?: string;
            /** @description The handovers by which it was taken back, where one handover is asked for. */
            returned_by?: string[];
            /** @description The handover the other way round that it takes back. */
            returns?: string | null;
            /** @description `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn` or `expired`. */
            state: string;
            /** @description The terms. */
            terms?: string;
            /** @description Who shall take over. */
            to: string;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_MemberList: {
            /** @description By short name. */
            members: components["schemas"]["MemberView"][];
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_MemberView: {
            /**
             * Format: int32
             * @description Active administrators.
             */
            administrators: number;
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /**
             * Format: int64
             * @description Block time of its enrolment, milliseconds since 1970.
             */
            enrolled_ms: number;
            /** @description Whether its administrators enrol other members. */
            founding: boolean;
            /** @description `nation`, `agency`, `supplier` or `auditor`. */
            kind: string;
            /** @description Its short name. */
            member: string;
            /** @description Its name for people. */
            name: string;
            /**
             * Format: int32
             * @description Signers enrolled so far.
             */
            signers: number;
            /** @description `active`, `suspended` or `retired`. */
            status: string;
            /** @description The keys its node signs tree heads with. */
            tree_head_keys: components["schemas"]["PublicKeyView"][];
            /** @description Its units. */
            units: components["schemas"]["UnitView"][];
            /** @description Its validator's consensus key (Ed25519, hexadecimal), if it runs one. */
            validator?: string | null;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_PlaceView: {
            /** @description The moment asked for (ISO 8601); absent for now. */
            at?: string | null;
            /** @description Ask again with this cursor for more. */
            next?: string | null;
            /** @description What is there, loose or as outermost container, the latest come first. */
            objects: components["schemas"]["PlacedView"][];
            /** @description The place. */
            place: string;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_PlacesView: {
            /** @description The nearest first, at most 500. */
            places: components["schemas"]["LocatedView"][];
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_SearchPage: {
            /** @description The newest first. */
            hits: components["schemas"]["SearchHit"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_SignerWithLanes: (components["schemas"]["SignerView"] & {
            /** @description The lanes asked for; otherwise those in use. Every other lane is at 0. */
            lanes: components["schemas"]["Lane"][];
        }) & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description An answer and the height it is true for. */
        AtHeight_TraceView: {
            /** @description Amounts of a class or lot, by holder. */
            amounts?: components["schemas"]["ContentView"][];
            /** @description What is packed in it now, directly and deeper. */
            contents: components["schemas"]["ContentView"][];
            /** @description What happened to it, oldest claimed time first. */
            history: components["schemas"]["HistoryEntry"][];
            now?: null | components["schemas"]["ObjectView"];
            /** @description Its canonical identifier. */
            object: string;
            /** @description Whether older entries were left out. */
            truncated: boolean;
            /** @description Its EPC URN, where it has one. */
            urn?: string | null;
        } & {
            /**
             * Format: int64
             * @description Every block up to this one is in the answer, and nothing later.
             */
            height: number;
        };
        /** @description The events that belong to a document or a production. */
        BelongingPage: {
            /** @description In the order recorded. */
            events: components["schemas"]["BelongingView"][];
            /** @description Whether later ones were left out. */
            truncated: boolean;
        };
        /** @description An event that belongs to a document or a production. */
        BelongingView: components["schemas"]["Recorded"] & {
            /** @description `ADD`, `OBSERVE` or `DELETE`; absent for a transformation. */
            action?: string | null;
            /** @description Type of the EPCIS event. */
            event_type: string;
            /** @description What a transformation made. */
            made?: string[];
            /** @description The objects and classes: of a transformation, what it used. */
            objects: string[];
            /** @description Whether it stands: `stands` or `void`. */
            standing: string;
        };
        /** @description Blocks, ascending. */
        BlockList: {
            /** @description By height. */
            blocks: components["schemas"]["BlockView"][];
        };
        /** @description One block. */
        BlockView: {
            /**
             * Format: int32
             * @description How many of them were accepted.
             */
            accepted: number;
            /**
             * Format: int64
             * @description Size of its statements, bytes.
             */
            bytes: number;
            /** @description Its digest. */
            digest: string;
            /**
             * Format: int32
             * @description How many events they made.
             */
            events: number;
            /**
             * Format: int64
             * @description Its height.
             */
            height: number;
            /**
             * Format: int64
             * @description Log index of its first statement.
             */
            log_start: number;
            /**
             * Format: int32
             * @description How many statements it holds.
             */
            statements: number;
            /**
             * Format: int64
             * @description Its time, milliseconds since 1970.
             */
            time_ms: number;
        };
        /** @description A block with statements. */
        BlockWithStatements: {
            /** @description The block. */
            block: components["schemas"]["BlockView"];
            /** @description Its statements from the place asked for. */
            statements: components["schemas"]["StatementView"][];
        };
        /** @description A capture job as EPCIS 2.0 shows it (`EPCISCaptureJob`), with the statements that hold its events. */
        CaptureJob: {
            /** @description `rollback` or `proceed`. */
            captureErrorBehaviour: string;
            /** @description The job's name. */
            captureID: string;
            /** @description When the document was taken in (ISO 8601, UTC). */
            createdAt: string;
            /** @description What was refused, in the order of the document. */
            errors: components["schemas"]["DocumentError"][];
            /** @description When every statement was final (ISO 8601, UTC). */
            finishedAt?: string | null;
            /** @description Whether some statement is not final yet. */
            running: boolean;
            /** @description The statements that hold the events, in the order of the document. */
            statements: string[];
            /** @description Whether nothing was refused so far. */
            success: boolean;
        };
        /** @description The case: 32 hexadecimal digits. */
        CaseId: string;
        /** @description A page of cases. */
        CasePage: {
            /** @description The newest first. */
            cases: components["schemas"]["CaseView"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        };
        /**
         * @description The state of a case.
         * @enum {string}
         */
        CaseState: "open" | "escalated" | "found" | "written_off" | "upheld" | "unfounded";
        /** @description A case. */
        CaseView: {
            /** @description What was found out, when it was closed. */
            account?: string;
            /** @description Its id. */
            case: string;
            changed?: null | components["schemas"]["Recorded"];
            /** @description What is known of it, of a loss. */
            circumstances?: string;
            /** @description What was not as offered. */
            discrepancies?: components["schemas"]["DiscrepancyView"][];
            /** @description It has to be closed by this time (ISO 8601). */
            due: string;
            /** @description The handover whose discrepancy it is. */
            handover?: string | null;
            /** @description `loss` or `discrepancy`. */
            kind: string;
            /** @description The member that reported the loss and investigates, or that named the discrepancy. */
            member: string;
            /**
             * Format: int32
             * @description Objects still missing.
             */
            missing: number;
            /** @description The objects reported. */
            objects: string[];
            /** @description The report. */
            opened: components["schemas"]["Recorded"];
            /** @description The member that offered what is not as offered. */
            other?: string | null;
            /** @description The amounts reported. */
            portions: components["schemas"]["PortionView"][];
            /** @description `open`, `escalated`, `found`, `written_off`, `upheld` or `unfounded`. */
            state: string;
        };
        /**
         * @description The classification.
         * @enum {string}
         */
        Classification: "unclassified" | "restricted" | "confidential" | "secret";
        /**
         * @description The clearance.
         * @enum {string}
         */
        Clearance: "unclassified" | "restricted" | "confidential" | "secret";
        /** @description Who would gain and who would lose what. */
        Comparison: {
            /** @description By action, then kind of record. */
            changes: components["schemas"]["PolicyChange"][];
            /** @description Whether some people or changes were left out. */
            cut: boolean;
            /** @description People, devices and services looked at. */
            population: number;
            /** @description Why there is no comparison: what is wrong with the policy. */
            refused?: string;
        };
        /** @description An object or an amount in a container, or an amount of a class with a holder. */
        ContentView: {
            /** @description `fitted` or `fixed`, of what is not simply packed in there. */
            bond?: string | null;
            /** @description What is packed in it. */
            contents?: components["schemas"]["ContentView"][];
            /** @description Its condition. */
            disposition?: string | null;
            /** @description Who holds the amount: `member:`, `in:`, `handover:` or `case:` and its name; absent for objects. */
            holder?: string | null;
            /** @description The object, or the class or lot. */
            id: string;
            /** @description `active`, `missing`, `ended` or `void`, of an object. */
            life?: string | null;
            /** @description The accountable owner. */
            owner?: string | null;
            /** @description Where the amount is, while it is loose. */
            place?: string | null;
            /** @description How much, of a class or lot: a decimal number and a unit (UN/ECE Recommendation 20). */
            quantity?: string | null;
        };
        /** @description What is in an object. */
        ContentsView: {
            /** @description What is packed directly in it, each with what is in that. */
            contents: components["schemas"]["ContentView"][];
            /** @description The container. */
            object: string;
            /** @description Whether something was left out because there is too much. */
            truncated: boolean;
        };
        /**
         * @description The conveyance.
         * @enum {string}
         */
        Conveys: "custody" | "ownership" | "both";
        /** @description What became of a wrong event. */
        CorrectionView: components["schemas"]["Recorded"] & {
            /** @description The events that put it right. */
            corrective_event_ids: string[];
            /** @description Why, where told: a CBV error reason. */
            reason?: string | null;
        };
        /** @description The short answer to a submission, given for `Prefer: return=minimal` (RFC 7240). */
        Counts: {
            /** @description How many were admitted. */
            admitted: number;
            /** @description Those that were not. */
            refused: components["schemas"]["RefusedAt"][];
        };
        /**
         * @description A place in the ledger's order (`height.index`), to go on from.
         * @example 1204.17
         */
        Cursor: string;
        /**
         * @description A signer's decentralised identifier (W3C DID Core).
         * @example did:web:logistics.example:7f3a
         */
        Did: string;
        /**
         * @description 32 bytes as 64 hexadecimal digits.
         * @example ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
         */
        Digest: string;
        /** @description One thing that is not as offered: an object or an amount. */
        Discrepancy: {
            /** @description How it differs. */
            kind: components["schemas"]["DiscrepancyKind"];
            /** @description What there is to say about it, at most 500 bytes. */
            note?: string;
            object?: null | components["schemas"]["Identifier"];
            portion?: null | components["schemas"]["Portion"];
            /** @description Whether it was taken over all the same; of what is damaged or wrong only. */
            taken?: boolean;
        };
        /**
         * @description The kind of discrepancy.
         * @enum {string}
         */
        DiscrepancyKind: "short" | "over" | "damaged" | "wrong";
        /** @description Something that was not as offered. */
        DiscrepancyView: {
            /** @description `short`, `over`, `damaged` or `wrong`. */
            kind: string;
            /** @description What there is to say about it. */
            note?: string;
            /** @description The object. */
            object?: string | null;
            portion?: null | components["schemas"]["PortionView"];
            /** @description Whether it was taken over all the same. */
            taken: boolean;
        };
        /** @description One broken rule of an EPCIS document, with its place and the way out. */
        DocumentError: {
            /** @description What was wrong, in plain words. */
            detail: string;
            /**
             * @description JSON pointer (RFC 6901) into the document; empty for the whole of it.
             * @example /epcisBody/eventList/0/action
             */
            pointer: string;
            /** @description What to write instead. */
            remedy: string;
            /**
             * @description The rule, after its source.
             * @example EPCIS 2.0 §7.4.2: action is required
             */
            rule: string;
        };
        /** @description One thing that a statement would do. */
        Effect: {
            /** @description What it would say. */
            event: unknown;
            /**
             * @description The module that would say so.
             * @example custody
             */
            module: string;
        };
        /** @description One element of a label. */
        ElementView: {
            /**
             * @description The application identifier.
             * @example 01
             */
            ai: string;
            /**
             * @description Its data title.
             * @example GTIN
             */
            title: string;
            /**
             * @description The value.
             * @example 09521141123454
             */
            value: string;
        };
        /** @description An enrolment by code, as offered. */
        EnrolmentOffer: {
            /** @description SHA-256 of the code, which has 16 random bytes at least. */
            code_digest: components["schemas"]["Digest"];
            /**
             * Format: int64
             * @description The code works before this block time, milliseconds since 1970; 30 days at most.
             */
            expires_ms: number;
            /** @description What will be enrolled. */
            kind: components["schemas"]["SignerKind"];
            /** @description The member that it will act for. */
            member: components["schemas"]["MemberId"];
            /** @description What it will be allowed to do. */
            roles?: components["schemas"]["Roles"];
            unit?: null | components["schemas"]["MemberId"];
        };
        /** @description One event as EPCIS 2.0 JSON-LD writes it. */
        EpcisEvent: Record<string, never>;
        /** @description An event. */
        EventSchema: {
            /** @description Its name: the key of its JSON. */
            name: string;
            /** @description What happened. */
            summary: string;
        };
        /** @description Why something is or is not permitted. */
        Explanation: {
            /** @description Whether it is permitted. */
            allowed: boolean;
            /** @description Policies that could not be evaluated; one is enough to deny. */
            errors: components["schemas"]["PolicyId"][];
            /** @description The policies that decided; where none permits, those that permit it to others. */
            policies: components["schemas"]["PolicyWords"][];
            /** @description Roles any one of which would make it permitted. */
            roles_that_would_do: string[];
            /** @description The answer in one sentence. */
            sentence: string;
            /** @description Who could grant it. */
            who_could_grant: string[];
        };
        /** @description A field of an action or a parameter of a question. */
        FieldSchema: {
            /** @description What it means. */
            description: string;
            /** @description `text`, `word` (one of `words`), `integer`, `boolean`, `list` or `json`. */
            kind: string;
            /** @description Its name. */
            name: string;
            /** @description Whether it has to be there. */
            required: boolean;
            /** @description Its schema. */
            schema: Record<string, never>;
            /** @description The words it may be. */
            words?: string[];
        };
        /**
         * @description The finding.
         * @enum {string}
         */
        Finding: "found" | "written_off" | "upheld" | "unfounded";
        /** @description One written form of an identifier, or why it has none. */
        FormView: {
            /**
             * @description Which form.
             * @example element string
             */
            name: string;
            /** @description Why there is none and what to do. */
            refused?: string | null;
            /**
             * @description The text.
             * @example (01)09521141123454(21)A7
             */
            text?: string | null;
        };
        /** @description The handover: 32 hexadecimal digits. */
        HandoverId: string;
        /** @description A page of handovers. */
        HandoverPage: {
            /** @description The newest first. */
            handovers: components["schemas"]["HandoverView"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        };
        /**
         * @description The state of a handover.
         * @enum {string}
         */
        HandoverState: "open" | "accepted" | "refused" | "withdrawn" | "expired" | "partly_accepted";
        /** @description A handover. */
        HandoverView: {
            /** @description The case that opened for it. */
            case?: string | null;
            /** @description `custody`, `ownership` or `both`. */
            conveys: string;
            /** @description What was not as offered. */
            discrepancies?: components["schemas"]["DiscrepancyView"][];
            ended?: null | components["schemas"]["Recorded"];
            /** @description It cannot be accepted from this time on (ISO 8601). */
            expires: string;
            /** @description Who offers. */
            from: string;
            /** @description Its id. */
            handover: string;
            /** @description The objects named; what is packed in them goes with them. */
            objects: string[];
            /** @description The offer. */
            offered: components["schemas"]["Recorded"];
            /** @description Where it shall happen. */
            place?: string | null;
            /** @description Loose amounts. */
            portions: components["schemas"]["PortionView"][];
            /** @description Why it was refused. */
            reason?: string;
            /** @description The handovers by which it was taken back, where one handover is asked for. */
            returned_by?: string[];
            /** @description The handover the other way round that it takes back. */
            returns?: string | null;
            /** @description `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn` or `expired`. */
            state: string;
            /** @description The terms. */
            terms?: string;
            /** @description Who shall take over. */
            to: string;
        };
        /** @description How the node is. */
        HealthView: {
            /**
             * Format: int64
             * @description The last final block here.
             */
            height: number;
            /**
             * Format: int64
             * @description The height that queries answer for.
             */
            projected_height: number;
            /** @description Whether it takes statements and answers questions. */
            ready: boolean;
            /** @description What is wrong; empty when nothing is. */
            reasons: string[];
            /**
             * Format: int64
             * @description Its time, milliseconds since 1970.
             */
            time_ms: number;
            /** @description Statements that wait here for a block. */
            waiting: number;
        };
        /** @description One thing that happened. */
        HistoryEntry: components["schemas"]["Recorded"] & {
            /** @description `ADD`, `OBSERVE` or `DELETE`. */
            action?: string | null;
            /** @description Step of the business process (CBV). */
            biz_step?: string | null;
            /** @description The case. */
            case?: string | null;
            corrected_by?: null | components["schemas"]["CorrectionView"];
            /** @description The custodian after it. */
            custodian?: string | null;
            /** @description What is not as offered, of this object. */
            discrepancies?: components["schemas"]["DiscrepancyView"][];
            /** @description Condition from then on (CBV). */
            disposition?: string | null;
            /** @description Name of the EPCIS event, where it has one. */
            event_id?: string | null;
            /** @description Type of the EPCIS event. */
            event_type?: string | null;
            /** @description Who offered. */
            from?: string | null;
            /** @description The handover. */
            handover?: string | null;
            /** @description Terms, reason, circumstances or account. */
            note?: string | null;
            /** @description The accountable owner after it. */
            owner?: string | null;
            /** @description The container that the event names. */
            parent?: string | null;
            /** @description Whether newer facts had settled the object's life and parent already, so that it is history only. */
            passed?: boolean;
            /** @description Where it was from then on. */
            place?: string | null;
            /** @description Where it was observed. */
            read_point?: string | null;
            relation?: null | components["schemas"]["RelationView"];
            /** @description `stands`, `void` (declared wrong) or `awaited`, of a captured event or a declaration. */
            standing?: string | null;
            /** @description To whom. */
            to?: string | null;
            /** @description The container that it happened to, while the object was packed in it. */
            via?: string | null;
            /**
             * @description `captured`, `declared_wrong`, `handover_offered`, `handover_accepted`, `handover_partly_accepted`,
             *     `handover_refused`, `handover_withdrawn`, `handover_expired`, `loss_reported`, `discrepancy_reported`,
             *     `case_open`, `case_escalated`, `case_found`, `case_written_off`, `case_upheld` or `case_unfounded`.
             */
            what: string;
        };
        /** @description An open offer or case that holds an object. */
        HoldView: {
            /** @description The handover or the case. */
            id: string;
            /** @description `offered` or `missing`. */
            reason: string;
        };
        /**
         * @description An object, class, lot or place: EPC URN, GS1 Digital Link or another URI.
         * @example https://id.gs1.org/00/095211411234567892
         */
        Identifier: string;
        /** @description What was read, in all its forms. */
        IdentifierView: {
            /** @description A single code's canonical text. */
            code?: string | null;
            /** @description The name of a single code, such as NSN. */
            code_name?: string | null;
            /** @description What else the label says. */
            data: components["schemas"]["ScanDataView"];
            /** @description The elements of the label, in order. */
            elements: components["schemas"]["ElementView"][];
            /**
             * @description What it names, as the ledger keeps it.
             * @example https://id.gs1.org/01/09521141123454/21/A7
             */
            epc?: string | null;
            /** @description Every written form, or why there is none. */
            forms: components["schemas"]["FormView"][];
            /** @description What a person should know about the reading. */
            notes: string[];
            /**
             * @description The kind of text, in words.
             * @example GS1 element string
             */
            read_as: string;
            /**
             * @description The kind of key.
             * @example sgtin
             */
            scheme?: string | null;
            /**
             * @description The symbology that the scanner named.
             * @example GS1 DataMatrix
             */
            symbology?: string | null;
            /** @description The unique item identifier of a mark. */
            uii?: string | null;
            /** @description Why it names nothing that the ledger keeps. */
            without_epc?: string | null;
        };
        /**
         * @description The first eight bytes of a key's thumbprint, hexadecimal.
         * @example a1b2c3d4e5f60718
         */
        KeyId: string;
        /** @description A signer's key. */
        KeyView: components["schemas"]["PublicKeyView"] & {
            /** @description `own_key`, or `held_by_node` where the member's node signs with it. */
            assurance: string;
            /** @description Why it was revoked, where told. */
            reason?: string;
            /**
             * Format: int64
             * @description Revoked at this block time.
             */
            revoked_ms?: number | null;
            /**
             * Format: int64
             * @description Valid from this block time on, milliseconds since 1970.
             */
            valid_from_ms: number;
            /**
             * Format: int64
             * @description Valid before this block time.
             */
            valid_until_ms?: number | null;
        };
        /** @description The label that a record shall have. */
        LabelChange: {
            /** @description What a reader must have been read into, ascending. */
            caveats?: string[];
            /** @description How sensitive it is. */
            classification: components["schemas"]["Classification"];
            /** @description Why, 1 to 200 bytes. */
            reason: string;
            /** @description The record, as `module/table/key`, such as `custody/objects/urn:epc:id:sscc:9521101.0000000011`. */
            record: string;
            /** @description The members it may be released to, ascending; every reader of the ledger where left out. */
            releasable_to?: components["schemas"]["MemberId"][];
        };
        /** @description Labels, by the name of their record. */
        LabelList: {
            /** @description By record. */
            labels: components["schemas"]["LabelView"][];
            /** @description Ask again after this record where there are more. */
            next?: string | null;
        };
        /** @description The label of a record. */
        LabelView: {
            /** @description What a reader must have been read into. */
            caveats: string[];
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /** @description `unclassified`, `restricted`, `confidential` or `secret`. */
            classification: string;
            /** @description The member that controls its release. */
            originator: string;
            /** @description Why it was changed last, where told. */
            reason?: string;
            /** @description The record, as `module/table/key`. */
            record: string;
            /** @description The members it may be released to; every reader of the ledger where there are none. */
            releasable_to: string[];
        };
        /** @description The next place of a lane. */
        Lane: {
            /**
             * Format: int32
             * @description The lane.
             */
            lane: number;
            /**
             * Format: int64
             * @description The sequence that the next statement must have, counting what waits on this node.
             */
            next_sequence: number;
        };
        /** @description A statement's life as one node saw it. */
        LifeView: components["schemas"]["StatusView"] & {
            /**
             * @description The stages it has passed, in order. Those before the block are known at the node that it was submitted to, the others for the last few
             *     thousand blocks, and none from before the node's start.
             */
            stages: components["schemas"]["StageView"][];
        };
        /**
         * @description How many at most: 1 to 500, 100 where left out.
         * @default 100
         */
        Limit: number;
        /** @description Every limit that a caller can run into. */
        LimitList: {
            /** @description The limits. */
            limits: components["schemas"]["LimitView"][];
        };
        /** @description One limit. */
        LimitView: {
            /**
             * Format: int64
             * @description The largest value accepted.
             */
            max: number;
            /**
             * @description Stable name.
             * @example statement_bytes
             */
            name: string;
            /**
             * @description What is counted.
             * @example bytes
             */
            unit: string;
        };
        /** @description A place with its position. */
        LocatedView: {
            /**
             * Format: int64
             * @description From the point asked for, metres.
             */
            distance_m: number;
            /** @description Degrees north, with six digits behind the point. */
            latitude: string;
            /** @description Degrees east. */
            longitude: string;
            /** @description The place. */
            place: string;
        };
        /** @description A loss, as reported. */
        LossReport: {
            /** @description What is known of it, 1 to 500 bytes. */
            circumstances: string;
            /** @description The objects missing. */
            objects?: components["schemas"]["Identifier"][];
            /** @description The amounts missing. */
            portions?: components["schemas"]["Portion"][];
            time?: null | components["schemas"]["Timestamp"];
        };
        /** @description A measured value with its unit (UN/ECE Recommendation 20). */
        MeasureView: {
            /**
             * @description The unit.
             * @example KGM
             */
            unit: string;
            /**
             * @description The value, a decimal.
             * @example 12.50
             */
            value: string;
        };
        /**
         * @description A member's short name: 1 to 24 lower-case letters, digits or inner hyphens.
         * @example est
         */
        MemberId: string;
        /**
         * @description The kind of member.
         * @enum {string}
         */
        MemberKind: "nation" | "agency" | "supplier" | "auditor";
        /** @description Every member. */
        MemberList: {
            /** @description By short name. */
            members: components["schemas"]["MemberView"][];
        };
        /** @description A member. */
        MemberView: {
            /**
             * Format: int32
             * @description Active administrators.
             */
            administrators: number;
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /**
             * Format: int64
             * @description Block time of its enrolment, milliseconds since 1970.
             */
            enrolled_ms: number;
            /** @description Whether its administrators enrol other members. */
            founding: boolean;
            /** @description `nation`, `agency`, `supplier` or `auditor`. */
            kind: string;
            /** @description Its short name. */
            member: string;
            /** @description Its name for people. */
            name: string;
            /**
             * Format: int32
             * @description Signers enrolled so far.
             */
            signers: number;
            /** @description `active`, `suspended` or `retired`. */
            status: string;
            /** @description The keys its node signs tree heads with. */
            tree_head_keys: components["schemas"]["PublicKeyView"][];
            /** @description Its units. */
            units: components["schemas"]["UnitView"][];
            /** @description Its validator's consensus key (Ed25519, hexadecimal), if it runs one. */
            validator?: string | null;
        };
        /** @description One action of one module. */
        ModuleAction: {
            /** @description The action: an object with its name and fields. `/v1/modules` lists the modules, `/v1/modules/{module}/schema` the actions. For `custody` a `capture` holds one EPCIS event. */
            action: Record<string, never>;
            /**
             * @description The module.
             * @example custody
             */
            module: string;
        };
        /** @description The modules of this ledger. */
        ModuleList: {
            /** @description In the order of the registry. */
            modules: components["schemas"]["ModuleView"][];
        };
        /** @description A module: what can be done, asked, proved, and what it says. */
        ModuleSchema: {
            /** @description What can be asked for. */
            actions: components["schemas"]["ActionSchema"][];
            /** @description What it says on the feed and in previews. */
            events: components["schemas"]["EventSchema"][];
            /**
             * @description Its name.
             * @example custody
             */
            module: string;
            /** @description A plain page. */
            page: components["schemas"]["PageSchema"];
            /** @description What can be asked about it. */
            queries: components["schemas"]["QuerySchema"][];
            /** @description Its tables of the state, which can be proved. */
            records: components["schemas"]["RecordSchema"][];
            /** @description Why it refuses. */
            refusals: components["schemas"]["RefusalSchema"][];
            /** @description The schemas (JSON Schema 2020-12) that the others refer to as `#/components/schemas/NAME`. */
            schemas: Record<string, never>;
            /** @description What it is for. */
            summary: string;
        };
        /** @description A module of the ledger. */
        ModuleView: {
            /**
             * @description Its name, as in actions.
             * @example custody
             */
            name: string;
            /**
             * @description Where its actions, questions, records, events and refusals are told.
             * @example /v1/modules/custody/schema
             */
            schema: string;
            /** @description What it is for. */
            summary: string;
        };
        /** @description The network and this node's place in it. */
        NetworkView: {
            /** @description Members of the founding; `/v1/members` has those of today. */
            founders: string[];
            /** @description SHA-256 of the genesis document. */
            genesis: string;
            /**
             * Format: int64
             * @description The last block that is final here.
             */
            height: number;
            /** @description Root of the statement log (RFC 9162). */
            log_root: string;
            /**
             * Format: int64
             * @description Leaves of the statement log.
             */
            log_size: number;
            /**
             * @description The member whose node this is.
             * @example est
             */
            member: string;
            /**
             * @description The network that statements must name.
             * @example baltic.ba7816bf8f01cfea
             */
            network: string;
            /**
             * Format: int32
             * @description The rules in force.
             */
            protocol_version: number;
            /** @description The program's version. */
            software: string;
            /**
             * Format: int64
             * @description Its time, milliseconds since 1970.
             */
            time_ms: number;
            /** @description Members with a validator. */
            validators: string[];
        };
        /** @description A key for a signer, as asked for. */
        NewKey: {
            /** @description Whose hand holds it. */
            assurance: components["schemas"]["Assurance"];
            /** @description Whether it is the signer's own and cannot leave the hardware it was made in. */
            hardware?: boolean;
            /** @description The public key. */
            key: components["schemas"]["PublicKey"];
            /**
             * Format: int64
             * @description Valid from this block time on, milliseconds since 1970; at once where left out.
             */
            valid_from_ms?: number | null;
            /**
             * Format: int64
             * @description Valid before this block time, milliseconds since 1970; without end where left out.
             */
            valid_until_ms?: number | null;
        };
        /** @description A member, as asked for. */
        NewMember: {
            /** @description Whether it founds the network, so that its administrators enrol other members. At genesis only. */
            founding?: boolean;
            /** @description What it is. */
            kind: components["schemas"]["MemberKind"];
            /** @description Its short name. */
            member: components["schemas"]["MemberId"];
            /** @description Its name for people, 1 to 120 bytes. */
            name: string;
            /** @description The keys its node signs tree heads with: Ed25519 and ML-DSA-65 for a validator. */
            tree_head_keys?: components["schemas"]["PublicKey"][];
            validator?: null | components["schemas"]["ValidatorKey"];
        };
        /** @description A post, as asked for. */
        NewPost: {
            /** @description The member. */
            member: components["schemas"]["MemberId"];
            /** @description Its name for people, 1 to 120 bytes. */
            name: string;
            /** @description The post's short name, unique in the member. */
            post: components["schemas"]["MemberId"];
            /** @description What its holder may do. */
            roles?: components["schemas"]["Roles"];
            unit?: null | components["schemas"]["MemberId"];
        };
        /** @description A person, device or node, as asked for. */
        NewSigner: {
            /** @description Its DID: random, without a name in it. */
            did: components["schemas"]["Did"];
            /** @description Its first keys. */
            keys?: components["schemas"]["NewKey"][];
            /** @description What it is. */
            kind: components["schemas"]["SignerKind"];
            /** @description The member it acts for. */
            member: components["schemas"]["MemberId"];
            /** @description What it may do. */
            roles?: components["schemas"]["Roles"];
            unit?: null | components["schemas"]["MemberId"];
        };
        /** @description How an object is now. */
        ObjectView: {
            /** @description The last step of the business process. */
            biz_step?: string | null;
            /** @description How it is tied to `parent`: `packed` in it, `fitted` to it as a part, or `fixed` at that place. */
            bond?: string | null;
            /**
             * Format: int64
             * @description Height of the block that told of it last.
             */
            changed_height: number;
            /** @description Who has it in custody; of what is packed, the outermost container's custodian. */
            custodian: string;
            /** @description Its condition. */
            disposition?: string | null;
            /** @description Claimed time of its newest event (ISO 8601). */
            event_time: string;
            hold?: null | components["schemas"]["HoldView"];
            /** @description `active`, `missing`, `ended` or `void`. */
            life: string;
            /** @description `commissioned`, or `taken_up` where it existed before the ledger. */
            origin: string;
            /** @description The accountable owner. */
            owner: string;
            /** @description Everything it is packed in or fitted to, the outermost last. */
            packed_in: string[];
            /** @description What it is packed in or fitted to, or the place that it is fixed at. */
            parent?: string | null;
            /** @description Where it is; of what is packed, the outermost container's place. */
            place?: string | null;
        };
        /** @description An offer, as asked for. */
        Offer: {
            /** @description What it conveys; custody where left out. */
            conveys?: components["schemas"]["Conveys"];
            /**
             * Format: int64
             * @description Open until this block time, milliseconds since 1970; 7 days where left out, 90 days at most.
             */
            expires_ms?: number | null;
            /** @description The outermost objects; what is packed in them goes with them. */
            objects?: components["schemas"]["Identifier"][];
            place?: null | components["schemas"]["Identifier"];
            /** @description Loose amounts. */
            portions?: components["schemas"]["Portion"][];
            returns?: null | components["schemas"]["HandoverId"];
            /** @description The terms or the document's number, at most 500 bytes. */
            terms?: string;
            time?: null | components["schemas"]["Timestamp"];
            /** @description The member that shall take over. */
            to: components["schemas"]["MemberId"];
        };
        /** @description A plain page: a list with filters, one record, its history, and what can be done. */
        PageSchema: {
            /** @description The actions that can be asked for. */
            actions: string[];
            /** @description Its parameters to filter by. */
            filters: string[];
            /** @description The question that gives the list. */
            list?: string | null;
            /** @description The question that gives one record. */
            record?: string | null;
            /** @description The question that gives a history. */
            timeline?: string | null;
        };
        /** @description What is at a place. */
        PlaceView: {
            /** @description The moment asked for (ISO 8601); absent for now. */
            at?: string | null;
            /** @description Ask again with this cursor for more. */
            next?: string | null;
            /** @description What is there, loose or as outermost container, the latest come first. */
            objects: components["schemas"]["PlacedView"][];
            /** @description The place. */
            place: string;
        };
        /** @description An object or a loose amount at a place. */
        PlacedView: {
            /** @description The last step of the business process. */
            biz_step?: string | null;
            /** @description What is packed in it, where that was asked for. */
            contents?: components["schemas"]["ContentView"][];
            /** @description Who has it in custody. */
            custodian?: string | null;
            /** @description Its condition. */
            disposition?: string | null;
            /** @description Who holds the amount. */
            holder?: string | null;
            /** @description The object, or the class or lot. */
            id: string;
            /** @description The accountable owner, as far as it was known then. */
            owner?: string | null;
            /** @description The place itself, or the inner place where it is. */
            place: string;
            /** @description How much, of a class or lot. */
            quantity?: string | null;
            /** @description Claimed time of the event that put it there (ISO 8601). */
            since: string;
        };
        /** @description Places near a point. */
        PlacesView: {
            /** @description The nearest first, at most 500. */
            places: components["schemas"]["LocatedView"][];
        };
        /** @description The rules that a network chooses. Table `policy`, one record; the default where there is none. */
        Policy: {
            /**
             * @description Whether an object must be commissioned (ADD) before any other event. By default an object that
             *     existed before the ledger is taken up by the first event that tells of it.
             * @default false
             */
            commission_first: boolean;
        };
        /** @description What somebody gains or loses. */
        PolicyChange: {
            /** @description The action or view. */
            action: string;
            /** @description `gains` or `loses`. */
            change: string;
            /** @description The first of them, by DID. */
            named: string[];
            /** @description Of which records, and how signed. */
            of: string;
            /** @description How many people, devices and services. */
            signers: number;
        };
        /** @description A policy's id: 1 to 64 lower-case letters, digits, inner dots or hyphens. */
        PolicyId: string;
        /** @description Policies, by id. */
        PolicyList: {
            /** @description By id. */
            policies: components["schemas"]["PolicyView"][];
        };
        /** @description A policy with its id. */
        PolicyText: {
            /** @description Its id. */
            id: components["schemas"]["PolicyId"];
            /** @description One Cedar policy, at most 4,096 bytes. */
            text: string;
        };
        /** @description A policy. */
        PolicyView: {
            /** @description Who changed it; nobody where the network was founded with it. */
            changed_by?: string | null;
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /**
             * Format: int64
             * @description Block time of that change, milliseconds since 1970.
             */
            changed_ms: number;
            /** @description What it is for. */
            description: string;
            /** @description `permit` or `forbid`. */
            effect: string;
            /** @description Who can grant what it permits, or lift what it forbids. */
            grantor: string;
            /** @description Its id. */
            id: string;
            /** @description Why it was retired. */
            reason?: string;
            /**
             * Format: int64
             * @description The revision that changed it last.
             */
            revision: number;
            /** @description `in_force` or `retired`. */
            state: string;
            /** @description The Cedar policy. */
            text: string;
        };
        /** @description A policy, in words. */
        PolicyWords: {
            /** @description What it is for. */
            description: string;
            /** @description `permit` or `forbid`. */
            effect: string;
            /** @description Who can grant what it permits, or lift what it forbids. */
            grantor: string;
            /** @description Its id. */
            id: components["schemas"]["PolicyId"];
        };
        /** @description An amount of a class or lot, and what it is packed in. */
        Portion: {
            /** @description The class or lot. */
            class: components["schemas"]["Identifier"];
            container?: null | components["schemas"]["Identifier"];
            /** @description How much. */
            quantity: components["schemas"]["Quantity"];
        };
        /** @description An amount in a handover or a loss. */
        PortionView: {
            /** @description The class or lot. */
            class: string;
            /** @description The container it is in; absent where it is loose. */
            container?: string | null;
            /** @description How much: a decimal number and a unit (UN/ECE Recommendation 20). */
            quantity: string;
        };
        /** @description Problem details (RFC 9457): what was attempted, which rule was broken, and what to do next. */
        Problem: {
            /**
             * Format: int32
             * @description Which action of the statement, counted from 0, where one is to blame.
             */
            action?: number | null;
            /**
             * Format: int32
             * @description The rule's number; never reused.
             * @example 10
             */
            code: number;
            /** @description What exactly was wrong, naming the field and the value. */
            detail: string;
            /** @description The broken rules of a captured document, in the order of their places. */
            errors?: components["schemas"]["DocumentError"][];
            /** @description The path that was asked. */
            instance?: string | null;
            /**
             * @description The rule's stable name.
             * @example sequence-used
             */
            name: string;
            /** @description JSON pointer to the wrong field of the request's body, where one is to blame. */
            pointer?: string | null;
            /** @description What to do next. */
            remedy: string;
            /** @description Whether sending the same thing again later can succeed. */
            retryable: boolean;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 409
             */
            status: number;
            /**
             * @description The rule in words.
             * @example Sequence used
             */
            title: string;
            /**
             * @description URI reference that identifies the rule; `GET /v1/refusals` lists them all.
             * @example /v1/refusals#sequence-used
             */
            type: string;
        };
        /**
         * @description A public key as JSON Web Key (RFC 7517): Ed25519, P-256 or ML-DSA-65.
         * @example {
         *       "kty": "OKP",
         *       "crv": "Ed25519",
         *       "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
         *     }
         */
        PublicKey: Record<string, never>;
        /** @description A public key. */
        PublicKeyView: {
            /** @description As a JSON Web Key (RFC 7517). */
            jwk: Record<string, never>;
            /** @description The first eight bytes of its thumbprint, hexadecimal. */
            key_id: string;
        };
        /**
         * @description An amount of goods: a decimal number as text, and a unit (UN/ECE Recommendation 20; `EA` for what is counted).
         * @example [
         *       "120",
         *       "EA"
         *     ]
         */
        Quantity: string[];
        /** @description A named query. */
        QueryDefinition: {
            /**
             * @description Its name, unique on this node.
             * @example shippedFromTurin
             */
            name: string;
            /** @description Its parameters, after the standard's query schema. */
            query: Record<string, never>;
        };
        /** @description A question. */
        QuerySchema: {
            /** @description Its answer. */
            answer: Record<string, never>;
            /** @description The fields of a row, an entry or the answer. */
            columns: components["schemas"]["FieldSchema"][];
            /** @description The row's field that names it. */
            key?: string | null;
            /**
             * @description Its name, as in the path.
             * @example handovers
             */
            name: string;
            /** @description The question that shows one row alone; its parameter is called like the key. */
            opens?: string | null;
            /** @description Its parameters. */
            parameters: components["schemas"]["FieldSchema"][];
            /** @description The answer's field that holds the rows of a list or the entries of a timeline. */
            rows?: string | null;
            /** @description `list`, `record` or `timeline`. */
            shape: string;
            /** @description What it answers. */
            summary: string;
        };
        /** @description A table of the state. */
        RecordSchema: {
            /** @description What a record holds. */
            fields: components["schemas"]["FieldSchema"][];
            /** @description What its keys are. */
            key: string;
            /** @description Its name, as in `/v1/state/{module}/{table}/{key}/proof`. */
            table: string;
        };
        /** @description When and by whom something was recorded. */
        Recorded: {
            /** @description When it happened, as claimed (ISO 8601). */
            event_time: string;
            /**
             * Format: int64
             * @description Height of the block.
             */
            height: number;
            /**
             * Format: int32
             * @description Place of the event among the block's.
             */
            index: number;
            /** @description The signer's member. */
            member?: string | null;
            /** @description When it was recorded: the block's time (ISO 8601). */
            recorded_time: string;
            /** @description Who signed that (DID). */
            signer?: string | null;
            /** @description The statement that says it (its id); absent where a deadline passed. */
            statement?: string | null;
        };
        /** @description Every refusal that can be given. */
        RefusalList: {
            /** @description By number. */
            refusals: components["schemas"]["RefusalView"][];
        };
        /** @description A refusal. */
        RefusalSchema: {
            /**
             * Format: int32
             * @description Its number; never reused.
             */
            code: number;
            /** @description Its stable name. */
            name: string;
            /** @description What to do next. */
            remedy: string;
            /** @description Whether sending the same thing again later can succeed. */
            retryable: boolean;
        };
        /** @description One refusal that can be given. */
        RefusalView: {
            /**
             * Format: int32
             * @description Its number; never reused.
             * @example 10
             */
            code: number;
            /**
             * @description Its stable name.
             * @example sequence-used
             */
            name: string;
            /** @description What to do next. */
            remedy: string;
            /** @description Whether sending the same thing again later can succeed. */
            retryable: boolean;
            /**
             * Format: int32
             * @description The HTTP status it is answered with.
             * @example 409
             */
            status: number;
        };
        /** @description A statement refused at once, in the short answer. */
        RefusedAt: {
            /** @description Its place in the submission, from 0. */
            index: number;
            /** @description Why. */
            problem: components["schemas"]["Problem"];
        };
        /** @description An object's relation to others, as one event tells it. */
        RelationView: {
            /** @description `fitted to`, `taken off`, `fixed at`, `carries`, `gives off`, `used in`, `made from`, `tied to` or `untied from`. */
            how: string;
            /** @description The others: objects, classes, places or documents; at most 100. */
            others: string[];
        };
        /** @description The request for approval: 32 hexadecimal digits. */
        RequestId: string;
        /** @description Requests for approval. */
        RequestList: {
            /** @description Newest first. */
            requests: components["schemas"]["RequestView"][];
        };
        /** @description A request for approval. */
        RequestView: {
            /** @description The action, as it would be written. */
            action: Record<string, never>;
            /** @description Who approved, in order. */
            approved_by: string[];
            /**
             * Format: int64
             * @description Block time when it was asked for, milliseconds since 1970.
             */
            asked_ms: number;
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /**
             * Format: int64
             * @description Waits before this block time, milliseconds since 1970.
             */
            expires_ms: number;
            /** @description The member that who asked acts for. */
            member: string;
            /** @description The action's module. */
            module: string;
            /** @description Its id. */
            request: string;
            /** @description Who asked. */
            signer: string;
            /** @description `open`, `used`, `withdrawn` or `expired`. */
            state: string;
        };
        /** @description The answer to a submission. */
        Results: {
            /** @description For each statement, in order. */
            results: components["schemas"]["Submitted"][];
        };
        /**
         * @description The role.
         * @enum {string}
         */
        Role: "member-administrator" | "logistics-officer" | "supplier-clerk" | "scanner" | "auditor" | "node" | "security-officer";
        /** @description The roles. */
        Roles: ("member-administrator" | "logistics-officer" | "supplier-clerk" | "scanner" | "auditor" | "node" | "security-officer")[];
        /** @description What a label says beside the key. Dates are a day or, where the label has only a month, a month of which the last day is meant. */
        ScanDataView: {
            /** @description Best before. */
            best_before?: string | null;
            /** @description The CAGE of who serialised the item. */
            cage?: string | null;
            /** @description The trade items that a logistic unit holds. */
            content_gtin?: string | null;
            /**
             * Format: int64
             * @description How many, each.
             */
            count?: number | null;
            /** @description Current part number. */
            current_part_number?: string | null;
            /** @description The customer's part number. */
            customer_part_number?: string | null;
            /**
             * @description Use by.
             * @example 2026-12-31
             */
            expiry?: string | null;
            gross_mass?: null | components["schemas"]["MeasureView"];
            /** @description Lot or batch. */
            lot?: string | null;
            net_mass?: null | components["schemas"]["MeasureView"];
            /** @description NATO stock number, 13 digits. */
            nsn?: string | null;
            /** @description The customer's order. */
            order?: string | null;
            /** @description Country of origin, numeric code of ISO 3166-1. */
            origin?: string | null;
            /** @description Packed on. */
            packed?: string | null;
            /** @description Original part number. */
            part_number?: string | null;
            /** @description Produced on. */
            produced?: string | null;
            /** @description Serial number. */
            serial?: string | null;
        };
        /** @description A schedule as the standard writes it. */
        Schedule: {
            /** @description 1 to 31. */
            dayOfMonth?: string | null;
            /** @description 1 for Monday to 7 for Sunday. */
            dayOfWeek?: string | null;
            /** @description 0 to 23. */
            hour?: string | null;
            /** @description 0 to 59. */
            minute?: string | null;
            /** @description 1 to 12. */
            month?: string | null;
            /** @description 0 to 59. */
            second?: string | null;
        };
        /** @description Something that was said. */
        SearchHit: components["schemas"]["Recorded"] & {
            /** @description Step of the business process. */
            biz_step?: string | null;
            /** @description The event's id, or that of the handover or case. */
            id: string;
            /** @description `event`, `handover` or `case`. */
            kind: string;
            /** @description The first twenty objects and classes it names. */
            objects: string[];
            /** @description Where. */
            place?: string | null;
            /** @description Terms, reason, circumstances or account. */
            text?: string | null;
        };
        /** @description A page of hits. */
        SearchPage: {
            /** @description The newest first. */
            hits: components["schemas"]["SearchHit"][];
            /** @description Ask again with this cursor for older ones. */
            next?: string | null;
        };
        /** @description The token that asks. */
        SessionView: {
            /**
             * Format: int64
             * @description From when on the token is void, milliseconds since 1970; absent for never.
             */
            expires_ms?: number | null;
            /**
             * @description The member whose node this is.
             * @example est
             */
            member: string;
            /** @description What it may do, ascending: `read`, `submit`, `admin`. */
            scopes: string[];
            /** @description For whom the node signs (DID); absent where the token belongs to no signer. */
            signer?: string | null;
            /**
             * @description What the operator calls the token.
             * @example est officer
             */
            token: string;
        };
        /**
         * @description The kind of signer.
         * @enum {string}
         */
        SignerKind: "person" | "device" | "node" | "service";
        /** @description Signers of a member. */
        SignerList: {
            /** @description Ask again after this DID where there are more. */
            next?: string | null;
            /** @description By DID. */
            signers: components["schemas"]["SignerView"][];
        };
        /** @description A person, device or node that signs. */
        SignerView: {
            /**
             * Format: int64
             * @description Height of the block that changed it last.
             */
            changed_height: number;
            /** @description Its DID. */
            did: string;
            /** @description Its keys, revoked ones included. */
            keys: components["schemas"]["KeyView"][];
            /** @description `person`, `device` or `node`. */
            kind: string;
            /** @description The member it acts for. */
            member: string;
            /** @description What it may do. */
            roles: string[];
            /** @description `active`, `suspended` or `retired`. */
            status: string;
            /** @description The unit it belongs to. */
            unit?: string | null;
        };
        /** @description A signer with its lanes. */
        SignerWithLanes: components["schemas"]["SignerView"] & {
            /** @description The lanes asked for; otherwise those in use. Every other lane is at 0. */
            lanes: components["schemas"]["Lane"][];
        };
        /** @description A stage of a statement's life and when it was passed. */
        StageView: {
            /**
             * @description `submit`, `admit`, `propose` (a validator put it into a block; the block's time), `verify` (executed here before the vote), `commit` (final and
             *     durable here), `project` (queries answer with it), `prove` (there is a receipt).
             * @example commit
             */
            stage: string;
            /**
             * Format: int64
             * @description When, milliseconds since 1970 by this node's clock.
             */
            time_ms: number;
        };
        /** @description Where a statement stands and what became of it. */
        StatementView: {
            /**
             * Format: int32
             * @description Its size, bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Height of its block.
             */
            height: number;
            /** @description Its id. */
            id: string;
            /**
             * Format: int32
             * @description Its place in the block, from 0.
             */
            index: number;
            /**
             * Format: int64
             * @description Its place in the statement log.
             */
            log_index: number;
            /** @description The signer's member; absent where the signer was not known. */
            member?: string | null;
            /**
             * Format: int32
             * @description 0 when accepted, else the number of the refusal.
             */
            outcome: number;
            /** @description Who signed it (DID). */
            signer: string;
            /**
             * Format: int64
             * @description Time of the block, milliseconds since 1970.
             */
            time_ms: number;
        };
        /**
         * @description The status.
         * @enum {string}
         */
        Status: "active" | "suspended" | "retired";
        /** @description What became of a statement. */
        StatusView: {
            /**
             * Format: int64
             * @description The height of its block, once it is in one.
             */
            height?: number | null;
            /** @description Which statement. */
            id: string;
            /**
             * Format: int32
             * @description Its place in the block, from 0.
             */
            index?: number | null;
            /**
             * Format: int64
             * @description Its leaf in the statement log.
             */
            log_index?: number | null;
            refusal?: null | components["schemas"]["Problem"];
            /**
             * @description `waiting`: admitted, not final yet. `accepted`: final, with effect. `refused`: it has no effect, and `refusal` says why. `expired`: it can never execute now.
             *     `unknown`: this node was not given it, or forgot it in a restart before it was final.
             * @example accepted
             */
            state: string;
            /**
             * Format: int64
             * @description The block's time, milliseconds since 1970.
             */
            time_ms?: number | null;
        };
        /** @description What became of one statement of a submission. */
        Submitted: {
            /** @description With `dry_run`: what the statement would do, one entry for each event of a module. */
            effects?: components["schemas"]["Effect"][];
            /**
             * @description The statement's id, by which it is followed.
             * @example ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
             */
            id: string;
            /** @description `waiting`; with `dry_run` `valid`, and nothing was submitted. */
            state: string;
        } | {
            /** @description Why. */
            problem: components["schemas"]["Problem"];
        };
        /** @description What a subscription asks for. */
        SubscriptionRequest: {
            /**
             * @description Where it is sent: an `https` address.
             * @example https://erp.example.org/epcis
             */
            dest: string;
            /** @description Only events recorded at or after this time; from now on where left out. */
            initialRecordTime?: string | null;
            /** @description Whether a scheduled run without events is sent as well. */
            reportIfEmpty?: boolean | null;
            schedule?: null | components["schemas"]["Schedule"];
            /** @description The secret that `GS1-Signature` is made with: `sha256=` and the HMAC-SHA256 of the body. */
            signatureToken?: string | null;
            /** @description Whenever events come. */
            stream?: boolean | null;
        };
        /** @description A subscription; its secret is never shown. */
        SubscriptionView: {
            /** @description When it was made. */
            createdAt: string;
            /** @description Where it is sent. */
            dest: string;
            /**
             * Format: int32
             * @description Attempts that failed since something was received.
             */
            failures: number;
            /**
             * Format: int64
             * @description Every block up to this one was looked through and what it tells was received.
             */
            height: number;
            /** @description Only events recorded at or after this time. */
            initialRecordTime?: string | null;
            /** @description When something was received last. */
            lastNotifiedAt?: string | null;
            /** @description Its query's name. */
            queryName: string;
            /** @description Whether a scheduled run without events is sent as well. */
            reportIfEmpty: boolean;
            schedule?: null | components["schemas"]["Schedule"];
            /** @description Whenever events come. */
            stream?: boolean | null;
            /** @description Its id. */
            subscriptionID: string;
        };
        /**
         * @description A moment with its zone (ISO 8601).
         * @example 2026-05-01T10:00:00Z
         */
        Timestamp: string;
        /** @description Everything about one object, or about one class or lot. */
        TraceView: {
            /** @description Amounts of a class or lot, by holder. */
            amounts?: components["schemas"]["ContentView"][];
            /** @description What is packed in it now, directly and deeper. */
            contents: components["schemas"]["ContentView"][];
            /** @description What happened to it, oldest claimed time first. */
            history: components["schemas"]["HistoryEntry"][];
            now?: null | components["schemas"]["ObjectView"];
            /** @description Its canonical identifier. */
            object: string;
            /** @description Whether older entries were left out. */
            truncated: boolean;
            /** @description Its EPC URN, where it has one. */
            urn?: string | null;
        };
        /** @description A unit of a member. */
        UnitView: {
            /**
             * Format: int64
             * @description Block time of its enrolment, milliseconds since 1970.
             */
            enrolled_ms: number;
            /** @description Its name for people. */
            name: string;
            /** @description The unit above it. */
            parent?: string | null;
            /** @description Its short name, unique in the member. */
            unit: string;
        };
        /** @description A validator's consensus key: Ed25519, 32 bytes; hexadecimal in JSON. */
        ValidatorKey: components["schemas"]["Digest"];
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    act: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects, submit nothing. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Actions"];
            };
        };
        responses: {
            /** @description Signed and admitted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBlocks: {
        parameters: {
            query?: {
                /** @description The first height; the newest blocks where left out. */
                from?: number;
                /** @description How many at most, 1 to 1,000. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_BlockList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBlock: {
        parameters: {
            query?: {
                /** @description The place of the first statement, from 0. */
                from?: number;
                /** @description How many statements at most, 1 to 1,000. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The block's height */
                height: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockWithStatements"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCases: {
        parameters: {
            query?: {
                /**
                 * @description Only in this state. Handovers: `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn`, `expired`. Cases: `open` (with the escalated ones), `escalated`, `found`, `written_off`, `upheld`, `unfounded`.
                 * @example open
                 */
                state?: string;
                /**
                 * @description Only those in which this member takes part.
                 * @example est
                 */
                member?: string;
                /** @description How many at most, 1 to 500. */
                limit?: number;
                /** @description Only those before this cursor, from `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_CasePage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The case's id, 32 hexadecimal digits */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_CaseView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    epcisResources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A Collection of resource names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCaptureJobs: {
        parameters: {
            query?: {
                /** @description Jobs in one page, 1 to 1,000 */
                perPage?: number;
                /** @description From the `Link` header of the page before */
                nextPageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptureJob"][];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    captureEpcis: {
        parameters: {
            query?: never;
            header?: {
                /** @description `rollback` (default) or `proceed` */
                "GS1-Capture-Error-Behaviour"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description EPCIS 2.0 in JSON-LD, or EPCIS 2.0 or 1.x in XML */
        requestBody: {
            content: {
                "application/json": Record<string, never>;
                "application/ld+json": Record<string, never>;
                "application/xml": string;
            };
        };
        responses: {
            /** @description Taken in; `Location` names the job */
            202: {
                headers: {
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptureJob"];
                };
            };
            /** @description Broken rules of EPCIS, listed in `errors` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has an event of the document already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCaptureJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's `captureID` */
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptureJob"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pollEvents: {
        parameters: {
            query?: {
                /** @description Events in one page, 1 to 1,000; 100 where left out */
                perPage?: number;
                /** @description From the `Link` header of the page before */
                nextPageToken?: string;
                /** @description Types of events, with | between them */
                eventType?: string;
                /** @description Claimed at or after this time */
                GE_eventTime?: string;
                /** @description Claimed before this time */
                LT_eventTime?: string;
                /** @description One of these steps */
                EQ_bizStep?: string;
                /** @description Names one of these objects, or one that a pattern takes */
                MATCH_anyEPC?: string;
                /** @description At one of these places */
                EQ_bizLocation?: string;
                /** @description `eventTime`, `recordTime` or an extension field */
                orderBy?: string;
            };
            header?: {
                /** @description `Always_GS1_Digital_Link` (default) or `Always_EPC_URN` */
                "GS1-EPC-Format"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EPCISQueryDocument */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    captureEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description One EPCIS 2.0 event in JSON-LD */
        requestBody: {
            content: {
                "application/json": Record<string, never>;
                "application/ld+json": Record<string, never>;
            };
        };
        responses: {
            /** @description Recorded; `Location` names the event */
            201: {
                headers: {
                    /** @description The event */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptureJob"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The event's id, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EPCISQueryDocument */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releasePageToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The token */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Let go */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listQueries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryDefinition"][];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createQuery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueryDefinition"];
            };
        };
        responses: {
            /** @description Made; `Location` names it */
            201: {
                headers: {
                    /** @description The query */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getQuery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryDefinition"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteQuery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    queryNamed: {
        parameters: {
            query?: {
                /** @description Events in one page, 1 to 1,000 */
                perPage?: number;
                /** @description From the `Link` header of the page before */
                nextPageToken?: string;
                /** @description Server-sent events from now on */
                stream?: boolean;
            };
            header?: never;
            path: {
                /** @description The query's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EPCISQueryDocument */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSubscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The query's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionView"][];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    subscribe: {
        parameters: {
            query?: never;
            header?: {
                /** @description How EPCs are written in what is sent */
                "GS1-EPC-Format"?: string | null;
            };
            path: {
                /** @description The query's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionRequest"];
            };
        };
        responses: {
            /** @description Made; `Location` names it */
            201: {
                headers: {
                    /** @description The subscription */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The query's name */
                name: string;
                /** @description The subscription's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unsubscribe: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The query's name */
                name: string;
                /** @description The subscription's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    browse: {
        parameters: {
            query?: {
                /** @description Names in one page, 1 to 1,000 */
                perPage?: number;
                /** @description From the `Link` header of the page before */
                nextPageToken?: string;
            };
            header?: never;
            path: {
                /** @description `eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints` or `dispositions` */
                list: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A Collection */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    browseOne: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A list */
                list: string;
                /** @description One of its names, percent-encoded */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A Collection of resource names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    browseEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A list */
                list: string;
                /** @description One of its names, percent-encoded */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EPCISQueryDocument */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    queryEvents: {
        parameters: {
            query?: {
                /** @description Only events that name this object, class, lot or container. */
                epc?: string;
                /**
                 * @description Only events that happened at or after this claimed time.
                 * @example 2026-05-01T00:00:00Z
                 */
                from?: string;
                /** @description Only events that happened before this claimed time. */
                to?: string;
                /** @description How many at most, 1 to 1,000. */
                limit?: number;
                /** @description Only events recorded after this cursor, from the `Link` header of the page before. */
                cursor?: string;
            };
            header?: {
                /** @description `Always_GS1_Digital_Link` (default) or `Always_EPC_URN` */
                "GS1-EPC-Format"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EPCISQueryDocument */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/ld+json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followFeed: {
        parameters: {
            query?: {
                /**
                 * @description Go on behind this cursor (`height.index`), or `start` for all that this node holds. From now on where left out. `Last-Event-ID` counts more.
                 * @example 1204.17
                 */
                cursor?: string;
            };
            header?: {
                /** @description The cursor of the last event received */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events without end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The cursor is before the history that this node holds, or ahead of it */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listHandovers: {
        parameters: {
            query?: {
                /**
                 * @description Only in this state. Handovers: `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn`, `expired`. Cases: `open` (with the escalated ones), `escalated`, `found`, `written_off`, `upheld`, `unfounded`.
                 * @example open
                 */
                state?: string;
                /**
                 * @description Only those in which this member takes part.
                 * @example est
                 */
                member?: string;
                /** @description How many at most, 1 to 500. */
                limit?: number;
                /** @description Only those before this cursor, from `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_HandoverPage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHandover: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The handover's id, 32 hexadecimal digits */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_HandoverView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not yet; the detail says why */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    identify: {
        parameters: {
            query: {
                /**
                 * @description What the scanner sent or the label says, percent-encoded; GS (0x1D) as %1D or `<GS>`.
                 * @example ]d2010952114112345421A7
                 */
                text: string;
                /** @description Whether separators arrive from this scanner; where not known, text that could have lost one is refused. */
                separators?: "unknown" | "kept";
                /** @description Whether this is one of several symbols of a label. */
                partial?: boolean;
                /** @description Digits of the GS1 company prefix: EPC URNs need it. */
                company_prefix?: number;
                /**
                 * @description Where Digital Links point.
                 * @example id.gs1.org
                 */
                domain?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentifierView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LimitList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMembers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_MemberList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMember: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The member's short name
                 * @example est
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_MemberView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyAcceptHandover: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": {
                    /** @description What is not as offered. What of it is not taken goes back, and a case opens. */
                    discrepancies?: components["schemas"]["Discrepancy"][];
                    /** @description Which offer. */
                    handover: components["schemas"]["HandoverId"];
                    time?: null | components["schemas"]["Timestamp"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyCapture: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "@context": [
                 *         "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
                 *       ],
                 *       "type": "ObjectEvent",
                 *       "action": "ADD",
                 *       "bizStep": "commissioning",
                 *       "disposition": "active",
                 *       "eventTime": "2026-11-02T09:00:00Z",
                 *       "eventTimeZoneOffset": "+01:00",
                 *       "epcList": [
                 *         "urn:epc:id:sscc:9521101.0000000011"
                 *       ],
                 *       "bizLocation": {
                 *         "id": "urn:epc:id:sgln:9521101.00010.0"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["EpcisEvent"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyCloseCase: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "case": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                 *       "finding": "found",
                 *       "account": "behind the shelf"
                 *     }
                 */
                "application/json": {
                    /** @description What was found out, at most 500 bytes. */
                    account: string;
                    /** @description Which case. */
                    case: components["schemas"]["CaseId"];
                    /** @description How. */
                    finding: components["schemas"]["Finding"];
                    time?: null | components["schemas"]["Timestamp"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyEscalateCase: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "case": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                 *       "reason": "no answer in two weeks"
                 *     }
                 */
                "application/json": {
                    /** @description Which case. */
                    case: components["schemas"]["CaseId"];
                    /** @description Why, at most 500 bytes. */
                    reason: string;
                    time?: null | components["schemas"]["Timestamp"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyOfferHandover: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "fra",
                 *       "objects": [
                 *         "urn:epc:id:sscc:9521101.0000000011"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Offer"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyRefuseHandover: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
                 *       "reason": "the seal is broken"
                 *     }
                 */
                "application/json": {
                    /** @description Which offer. */
                    handover: components["schemas"]["HandoverId"];
                    /** @description Why, at most 500 bytes. */
                    reason: string;
                    time?: null | components["schemas"]["Timestamp"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyReportLoss: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "objects": [
                 *         "urn:epc:id:sgtin:9521101.012001.NP26-0001"
                 *       ],
                 *       "circumstances": "not in its case at unpacking"
                 *     }
                 */
                "application/json": components["schemas"]["LossReport"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyWithdrawHandover: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "handover": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": {
                    /** @description Which offer. */
                    handover: components["schemas"]["HandoverId"];
                    time?: null | components["schemas"]["Timestamp"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyCase: {
        parameters: {
            query: {
                /** @description The case's id. */
                case: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["CaseView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyCases: {
        parameters: {
            query?: {
                /**
                 * @description Only those before this cursor, from `next` of the page before.
                 * @example 1204.17
                 */
                cursor?: string;
                /** @description How many at most. */
                limit?: number;
                /**
                 * @description Only those of this member.
                 * @example est
                 */
                member?: string;
                /** @description Only in this state; `open` includes escalated ones. */
                state?: "open" | "escalated" | "found" | "written_off" | "upheld" | "unfounded";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["CasePage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyContents: {
        parameters: {
            query: {
                /**
                 * @description The container.
                 * @example https://id.gs1.org/00/095211411234567892
                 */
                id: string;
                /**
                 * @description As it was at this claimed time; now where left out.
                 * @example 2026-05-01T10:00:00Z
                 */
                at?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["ContentsView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyDocument: {
        parameters: {
            query: {
                /**
                 * @description The document: the `bizTransaction` of transaction events.
                 * @example https://id.gs1.org/00/095211411234567892
                 */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["BelongingPage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyHandover: {
        parameters: {
            query: {
                /** @description The handover's id. */
                handover: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["HandoverView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyHandovers: {
        parameters: {
            query?: {
                /**
                 * @description Only those before this cursor, from `next` of the page before.
                 * @example 1204.17
                 */
                cursor?: string;
                /** @description How many at most. */
                limit?: number;
                /**
                 * @description Only those offered by or to this member.
                 * @example est
                 */
                member?: string;
                /** @description Only in this state. */
                state?: "open" | "accepted" | "refused" | "withdrawn" | "expired" | "partly_accepted";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["HandoverPage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodySchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The module */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleSchema"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyTrace: {
        parameters: {
            query: {
                /**
                 * @description The object, class or lot: EPC URN, GS1 Digital Link or another URI.
                 * @example https://id.gs1.org/00/095211411234567892
                 */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["TraceView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    custodyTransformation: {
        parameters: {
            query: {
                /**
                 * @description The `transformationID` of its events.
                 * @example https://id.gs1.org/00/095211411234567892
                 */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["BelongingPage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipAskRecovery: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "key": {
                 *         "key": {
                 *           "kty": "OKP",
                 *           "crv": "Ed25519",
                 *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
                 *         },
                 *         "assurance": "own_key"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description The key that begins. */
                    key: components["schemas"]["NewKey"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipAssignPost: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "post": "s4",
                 *       "until_ms": 1893456000000
                 *     }
                 */
                "application/json": {
                    /** @description Whether as deputy of who holds it. */
                    deputy?: boolean;
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /**
                     * Format: int64
                     * @description From this block time on, milliseconds since 1970; at once where left out.
                     */
                    from_ms?: number | null;
                    /** @description Which post of the signer's member. */
                    post: components["schemas"]["MemberId"];
                    /**
                     * Format: int64
                     * @description Before this block time; without end where left out.
                     */
                    until_ms?: number | null;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipClaimEnrolment: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "00112233445566778899aabbccddeeff",
                 *       "did": "did:web:est.example:scanner-7",
                 *       "key": {
                 *         "key": {
                 *           "kty": "OKP",
                 *           "crv": "Ed25519",
                 *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
                 *         },
                 *         "assurance": "own_key"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The code, 16 to 64 bytes in hexadecimal. */
                    code: string;
                    /** @description The new signer's DID: random, without a name in it. */
                    did: components["schemas"]["Did"];
                    /** @description Its first key. */
                    key: components["schemas"]["NewKey"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipClearSigner: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "clearance": "secret",
                 *       "caveats": [
                 *         "ATOMAL"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description What it was read into, at most 16 words of 32 bytes. */
                    caveats?: string[];
                    /** @description The highest classification it may read. */
                    clearance: components["schemas"]["Clearance"];
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipConfirmRecovery: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "key_id": "a1b2c3d4e5f60718"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description The key that begins. */
                    key_id: components["schemas"]["KeyId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipEnrolMember: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "lva",
                 *       "name": "Latvia",
                 *       "kind": "nation"
                 *     }
                 */
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipEnrolPost: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "est",
                 *       "post": "s4",
                 *       "name": "S4, 1st Logistics Battalion",
                 *       "roles": [
                 *         "logistics-officer"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewPost"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipEnrolSigner: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "member": "est",
                 *       "kind": "person",
                 *       "roles": [
                 *         "logistics-officer"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["NewSigner"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipEnrolUnit: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "est",
                 *       "unit": "depot-tapa",
                 *       "name": "Depot Tapa"
                 *     }
                 */
                "application/json": {
                    /** @description The member. */
                    member: components["schemas"]["MemberId"];
                    /** @description Its name for people, 1 to 120 bytes. */
                    name: string;
                    parent?: null | components["schemas"]["MemberId"];
                    /** @description The unit's short name, unique in the member. */
                    unit: components["schemas"]["MemberId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipGrantRole: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "role": "scanner"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description What it may do. */
                    role: components["schemas"]["Role"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipLeavePost: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "post": "s4"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description Which post. */
                    post: components["schemas"]["MemberId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipOfferEnrolment: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "est",
                 *       "kind": "device",
                 *       "roles": [
                 *         "scanner"
                 *       ],
                 *       "expires_ms": 1793750400000,
                 *       "code_digest": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": components["schemas"]["EnrolmentOffer"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipRegisterKey: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "key": {
                 *         "key": {
                 *           "kty": "OKP",
                 *           "crv": "Ed25519",
                 *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
                 *         },
                 *         "assurance": "own_key"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description The key. */
                    key: components["schemas"]["NewKey"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipRetirePost: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "est",
                 *       "post": "s4"
                 *     }
                 */
                "application/json": {
                    /** @description The member. */
                    member: components["schemas"]["MemberId"];
                    /** @description The post. */
                    post: components["schemas"]["MemberId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipRevokeKey: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "key_id": "a1b2c3d4e5f60718",
                 *       "reason": "lost with the phone"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description Which key. */
                    key_id: components["schemas"]["KeyId"];
                    /** @description Why, at most 200 bytes. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipRotateKey: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "old": "a1b2c3d4e5f60718",
                 *       "new": {
                 *         "key": {
                 *           "kty": "OKP",
                 *           "crv": "Ed25519",
                 *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
                 *         },
                 *         "assurance": "own_key"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description The key that begins. */
                    new: components["schemas"]["NewKey"];
                    /** @description The key that ends. */
                    old: components["schemas"]["KeyId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSetMemberStatus: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "lva",
                 *       "status": "suspended"
                 *     }
                 */
                "application/json": {
                    /** @description Which member. */
                    member: components["schemas"]["MemberId"];
                    /** @description From now on. */
                    status: components["schemas"]["Status"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSetNodeKeys: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "member": "lva",
                 *       "tree_head_keys": [
                 *         {
                 *           "kty": "OKP",
                 *           "crv": "Ed25519",
                 *           "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description Which member. */
                    member: components["schemas"]["MemberId"];
                    /** @description The tree-head keys. */
                    tree_head_keys: components["schemas"]["PublicKey"][];
                    validator?: null | components["schemas"]["ValidatorKey"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSetSignerStatus: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "status": "suspended"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description From now on. */
                    status: components["schemas"]["Status"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipWithdrawRole: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "did": "did:web:est.example:officer-2",
                 *       "role": "scanner"
                 *     }
                 */
                "application/json": {
                    /** @description Which signer. */
                    did: components["schemas"]["Did"];
                    /** @description What it may no longer do. */
                    role: components["schemas"]["Role"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipMember: {
        parameters: {
            query: {
                /**
                 * @description The member's short name.
                 * @example est
                 */
                member: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["MemberView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipMembers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["MemberList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The module */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleSchema"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSigner: {
        parameters: {
            query: {
                /**
                 * @description The signer's DID.
                 * @example did:web:logistics.example:7f3a
                 */
                did: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["SignerView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    membershipSigners: {
        parameters: {
            query: {
                /**
                 * @description Signers of this member.
                 * @example est
                 */
                member: string;
                /**
                 * @description Only those after this DID, from `next` of the page before.
                 * @example did:web:logistics.example:7f3a
                 */
                cursor?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["SignerList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyApprove: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "request": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": {
                    /** @description Which request. */
                    request: components["schemas"]["RequestId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyAskApproval: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "module": "custody",
                 *       "action": "a17177697468647261775f68616e646f766572a16868616e646f766572500f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": {
                    /** @description The action's bytes as they will be signed, in hexadecimal, at most 16 KiB. */
                    action: string;
                    /**
                     * Format: int64
                     * @description Waits until this block time, milliseconds since 1970; 7 days where left out, 30 days at most.
                     */
                    expires_ms?: number | null;
                    /** @description The action's module. */
                    module: string;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyPut: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "own-key.write-off",
                 *       "text": "@description(\"Who writes off signs with a key of one's own.\") @grantor(\"An administrator of the signer's member, by registering the signer's own key.\") forbid (principal, action == Action::\"custody::write_off\", resource) unless { context.assurance >= 1 };"
                 *     }
                 */
                "application/json": {
                    /** @description Its id, never used before. */
                    id: components["schemas"]["PolicyId"];
                    /**
                     * Format: int64
                     * @description The revision that the signer looked at; refused where another is in force. Not compared where left out.
                     */
                    revision?: number | null;
                    /** @description One Cedar policy with `@description` and `@grantor`, at most 4,096 bytes. */
                    text: string;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyRaiseLabel: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "record": "custody/objects/urn:epc:id:sscc:9521101.0000000011",
                 *       "classification": "restricted",
                 *       "reason": "holds crypto keys"
                 *     }
                 */
                "application/json": components["schemas"]["LabelChange"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyReleaseLabel: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "record": "custody/objects/urn:epc:id:sscc:9521101.0000000011",
                 *       "classification": "restricted",
                 *       "reason": "holds crypto keys"
                 *     }
                 */
                "application/json": components["schemas"]["LabelChange"];
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyReplace: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "own-key.write-off",
                 *       "text": "@description(\"Who writes off signs with a key of one's own.\") @grantor(\"An administrator of the signer's member, by registering the signer's own key.\") forbid (principal, action == Action::\"custody::write_off\", resource) unless { context.assurance >= 1 };"
                 *     }
                 */
                "application/json": {
                    /** @description Which policy. */
                    id: components["schemas"]["PolicyId"];
                    /**
                     * Format: int64
                     * @description The revision that the signer looked at; refused where another is in force. Not compared where left out.
                     */
                    revision?: number | null;
                    /** @description One Cedar policy with `@description` and `@grantor`, at most 4,096 bytes. */
                    text: string;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyRetire: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "own-key.write-off",
                 *       "reason": "replaced by four eyes"
                 *     }
                 */
                "application/json": {
                    /** @description Which policy. */
                    id: components["schemas"]["PolicyId"];
                    /** @description Why, 1 to 200 bytes. */
                    reason: string;
                    /**
                     * Format: int64
                     * @description The revision that the signer looked at; refused where another is in force. Not compared where left out.
                     */
                    revision?: number | null;
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyWithdrawRequest: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects or the refusal, submit nothing. */
                preview?: boolean;
                /** @description The signer's lane, 0 to 63. */
                lane?: number;
                /** @description The block time past which it can never execute, milliseconds since 1970; the node's choice where left out. */
                not_after_ms?: number;
                /** @description What the statement is about, such as an object's identifier; shown on its receipts. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "request": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
                 *     }
                 */
                "application/json": {
                    /** @description Which request. */
                    request: components["schemas"]["RequestId"];
                };
            };
        };
        responses: {
            /** @description Signed and admitted, or what it would do */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The pointer names the wrong field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The ledger has it already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyCompare: {
        parameters: {
            query: {
                /** @description The policy that would be put, replaced or retired. */
                id: string;
                /** @description Its text; retired where left out. */
                text?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["Comparison"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyLabel: {
        parameters: {
            query: {
                /** @description The record, as `module/table/key`. */
                record: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["LabelView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyLabels: {
        parameters: {
            query?: {
                /** @description Only those after this record, from `next` of the page before. */
                cursor?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["LabelList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyPolicies: {
        parameters: {
            query?: {
                /** @description Whether those retired as well. */
                retired?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["PolicyList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyPolicy: {
        parameters: {
            query: {
                /** @description The policy's id. */
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["PolicyView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyRequest: {
        parameters: {
            query: {
                /** @description The request's id. */
                request: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["RequestView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyRequests: {
        parameters: {
            query?: {
                /** @description How many at most, newest first. */
                limit?: number;
                /** @description Only those that wait; all of them where false. */
                open?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["RequestList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policySchema: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The module */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleSchema"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policyWhy: {
        parameters: {
            query: {
                /** @description What, as policies call it: `custody::offer_handover`, or a view such as `view::record`. */
                action: string;
                /**
                 * @description Who.
                 * @example did:web:logistics.example:7f3a
                 */
                did: string;
                /** @description Whose hand holds the key: 0 the node's, 1 the signer's, 2 the signer's in hardware; 1 where left out. */
                assurance?: number;
                /**
                 * @description The member whose record it is; the signer's own where left out.
                 * @example est
                 */
                owner?: string;
                /** @description What a reader says it is for. */
                purpose?: string;
                /** @description With which record, as `module/table/key`; any of the module's that is open where left out. */
                record?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /**
                         * Format: int64
                         * @description Every block up to this one is in the answer, and nothing later.
                         */
                        height: number;
                    } & components["schemas"]["Explanation"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getNetwork: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NetworkView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getContents: {
        parameters: {
            query?: {
                /**
                 * @description As it was at this claimed time; now where left out.
                 * @example 2026-05-01T10:00:00Z
                 */
                at?: string;
            };
            header?: never;
            path: {
                /** @description The container's identifier, percent-encoded */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_ContentsView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findPlacesNear: {
        parameters: {
            query: {
                /**
                 * @description Degrees north, degrees east, kilometres.
                 * @example 59.437,24.7536,50
                 */
                near: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_PlacesView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getObjectsAtPlace: {
        parameters: {
            query?: {
                /**
                 * @description As it was at this claimed time; now where left out.
                 * @example 2026-05-01T10:00:00Z
                 */
                at?: string;
                /** @description Also what is at its inner places. */
                within?: boolean;
                /** @description Tell what is packed in what is there. */
                contents?: boolean;
                /** @description How many at most, 1 to 500. */
                limit?: number;
                /** @description From `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The place's identifier, percent-encoded
                 * @example urn:epc:id:sgln:9521141.00001.0
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_PlaceView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRefusals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RefusalList"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /**
                 * @description Words, or their beginnings; all of them have to be there.
                 * @example pump NP26
                 */
                q: string;
                /** @description How many at most, 1 to 500. */
                limit?: number;
                /** @description From `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_SearchPage"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSigner: {
        parameters: {
            query?: {
                /** @description Only this lane, 0 to 63. */
                lane?: number;
            };
            header?: never;
            path: {
                /**
                 * @description The signer's DID, percent-encoded
                 * @example did:web:logistics.example:7f3a
                 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_SignerWithLanes"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStateProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The module
                 * @example custody
                 */
                module: string;
                /**
                 * @description One of its tables
                 * @example objects
                 */
                table: string;
                /** @description The record's key in hexadecimal; for an object the UTF-8 bytes of its canonical identifier */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A state proof */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/cbor": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitStatements: {
        parameters: {
            query?: {
                /** @description Check and execute on the present state, tell the effects, submit nothing. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description One tagged COSE_Sign1 with empty unprotected header, or several one after another */
        requestBody: {
            content: {
                "application/cbor-seq": string;
                "application/cose": string;
            };
        };
        responses: {
            /** @description Taken in; each result says whether its statement was admitted. With `Prefer: return=minimal` the body is `Counts`. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Results"];
                };
            };
            /** @description The body is not a statement, or not a CBOR sequence */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The sequence is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than the route takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is of a type that the route does not take */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Well formed, and against the rules of the ledger */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The member's queue is full: wait as long as Retry-After says */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatement: {
        parameters: {
            query?: {
                /** @description Wait up to this long for the statement to end, milliseconds, at most 30,000. */
                wait_ms?: number;
            };
            header?: never;
            path: {
                /** @description The statement's id, 64 hexadecimal digits */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatementBody: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The statement's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tagged COSE_Sign1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/cose": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCompactReceipt: {
        parameters: {
            query?: {
                /** @description Wait up to this long for the statement to end, milliseconds, at most 30,000. */
                wait_ms?: number;
            };
            header?: never;
            path: {
                /** @description The statement's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The statement with its compact receipt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/cose": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not final yet: ask again */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatementLife: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The statement's id, 64 hexadecimal digits */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LifeView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTransparentStatement: {
        parameters: {
            query?: {
                /**
                 * @description Members whose receipts are wanted, with commas between; every member's where left out.
                 * @example est,fra
                 */
                members?: string;
                /**
                 * @description `ed25519`, `ml-dsa-65` or both with a comma between; both where left out. Third-party SCITT tools read Ed25519.
                 * @example ed25519
                 */
                algorithms?: string;
                /** @description Wait up to this long until the statement is final and the receipts are made, milliseconds, at most 30,000. */
                wait_ms?: number;
            };
            header?: never;
            path: {
                /** @description The statement's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The statement with receipts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/cose": string;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not final yet, or a member has not signed beyond it yet: ask again */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The identifier, percent-encoded
                 * @example urn:epc:id:sgtin:9521141.012345.7
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AtHeight_TraceView"];
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTrust: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trust file, as `convoy verify --trust` reads it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request cannot be read; the detail names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No token, or one that is not known */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token lacks the scope, or the signer may not do this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The node has as much work as it takes on, or is not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
