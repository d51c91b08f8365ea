"""Backchannel authentication, put together."""

from collections.abc import Mapping

from limen.oauth.ciba.codes import CodeHasher, SqlUserCodes
from limen.oauth.ciba.grant import CibaGrant
from limen.oauth.ciba.http import CibaEndpoint
from limen.oauth.ciba.notices import Notices
from limen.oauth.ciba.pages import RequestPages
from limen.oauth.ciba.push import Pushing
from limen.oauth.ciba.routes import ROUTES
from limen.oauth.ciba.settings import CibaSettings
from limen.oauth.ciba.signed import SignedRequests
from limen.oauth.ciba.store import SqlRequests
from limen.oauth.ciba.tasks import expiry, retention
from limen.oauth.ciba.usecases.ask import Asking
from limen.oauth.ciba.usecases.decide import Deciding
from limen.oauth.ciba.whom import People
from limen.oauth.decoupled.approvals import Approvals
from limen.oauth.decoupled.counts import Counts
from limen.oauth.feature import Feature
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    platform = parts.platform
    requests, codes, hasher = SqlRequests(), SqlUserCodes(), CodeHasher()
    notices = Notices(
        requests=requests,
        directory=parts.directory,
        deliveries=platform.deliveries,
        vault=platform.vault,
        pushing=Pushing(
            requests=requests,
            services=parts.services,
            vault=platform.vault,
            tenants=parts.tenants,
        ),
    )
    notices.register()
    endpoint = _endpoint(parts, requests, codes, hasher)
    pages = _pages(parts, requests, codes, hasher, notices)
    handlers = {
        "ciba.start": endpoint,
        "my_requests.show": pages.show,
        "my_requests.open": pages.open,
        "my_requests.decide": pages.decide,
        "my_requests.set_code": pages.set_code,
    }
    tasks = (
        expiry(platform.database, parts.tenants, requests, notices),
        retention(platform.database, parts.tenants, requests),
    )
    return Feature(
        faces=Faces(ROUTES, handlers, tasks),
        grants=(CibaGrant(parts.services, requests),),
        announce=_announce,
    )


def _endpoint(
    parts: Parts, requests: SqlRequests, codes: SqlUserCodes, hasher: CodeHasher
) -> CibaEndpoint:
    platform = parts.platform
    settings = platform.settings("oauth.ciba", CibaSettings)
    asking = Asking(
        requests=requests,
        codes=codes,
        hasher=hasher,
        counts=Counts(),
        attempts=parts.attempts,
        gate=platform.gate,
        vault=platform.vault,
        one_time=platform.one_time,
        mailer=platform.mailer,
        recorder=platform.recorder,
        settings=settings,
    )
    return CibaEndpoint(
        authenticator=parts.authenticator,
        directory=parts.directory,
        signed=SignedRequests(parts.keysets, platform.replays, platform.clock),
        people=People(parts.users, parts.hints, parts.subjects, parts.keysets, platform.clock),
        asking=asking,
        refusals=parts.refusals,
        limiter=platform.limiter,
        settings=settings,
    )


def _pages(
    parts: Parts,
    requests: SqlRequests,
    codes: SqlUserCodes,
    hasher: CodeHasher,
    notices: Notices,
) -> RequestPages:
    platform = parts.platform
    approvals = Approvals(sessions=parts.sessions, grants=parts.grant_store, gate=platform.gate)
    deciding = Deciding(
        requests=requests, approvals=approvals, notices=notices, recorder=platform.recorder
    )
    return RequestPages(
        pages=platform.pages,
        users=parts.users,
        directory=parts.directory,
        requests=requests,
        codes=codes,
        hasher=hasher,
        deciding=deciding,
        one_time=platform.one_time,
        recorder=platform.recorder,
    )


def _announce(issuer: str) -> Mapping[str, object]:
    """CIBA Core §4."""
    return {
        "backchannel_authentication_endpoint": f"{issuer}/oauth2/ciba",
        "backchannel_token_delivery_modes_supported": ["poll", "ping", "push"],
        "backchannel_authentication_request_signing_alg_values_supported": list(ALGORITHMS),
        "backchannel_user_code_parameter_supported": True,
    }
