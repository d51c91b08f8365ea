"""Authentication's `Authentication`: each method is one use case with its ports."""

from limen.authentication.api import AddressUnconfirmed, Confirmed, SignedIn
from limen.authentication.ports import Ports
from limen.authentication.usecases.change_password import change_password
from limen.authentication.usecases.complete_reset import check_reset, complete_reset
from limen.authentication.usecases.confirm_address import confirm_address
from limen.authentication.usecases.confirm_email_change import confirm_email_change
from limen.authentication.usecases.demand_change import demand_change
from limen.authentication.usecases.import_password import import_password
from limen.authentication.usecases.replace_password import withdraw_all
from limen.authentication.usecases.request_email_change import request_email_change
from limen.authentication.usecases.request_reset import request_reset
from limen.authentication.usecases.send_confirmation import send_confirmation
from limen.authentication.usecases.set_password import set_password
from limen.authentication.usecases.sign_in import sign_in
from limen.authentication.usecases.sign_up import sign_up
from limen.identity.api import Profile, User
from limen.kernel.ids import SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx


class PasswordAuthentication:
    """`Authentication` by password, with the links that come by mail."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def sign_in_with_password(
        self,
        store: Store,
        tenant: Tenant,
        *,
        identifier: str,
        password: str,
        browser: str | None,
        device: str | None,
        remember: bool,
        cause: Cause,
    ) -> SignedIn | AddressUnconfirmed:
        return await sign_in(
            store,
            tenant,
            identifier=identifier,
            password=password,
            browser=browser,
            device=device,
            remember=remember,
            cause=cause,
            ports=self._ports,
        )

    async def sign_up(
        self,
        store: Store,
        tenant: Tenant,
        *,
        email: str,
        password: str,
        profile: Profile,
        browser_binding: str,
        continue_to: str | None,
        cause: Cause,
    ) -> None:
        await sign_up(
            store,
            tenant,
            email=email,
            password=password,
            profile=profile,
            browser_binding=browser_binding,
            continue_to=continue_to,
            cause=cause,
            ports=self._ports,
        )

    async def send_confirmation(
        self,
        store: Store,
        tenant: Tenant,
        *,
        email: str,
        browser_binding: str,
        continue_to: str | None,
        cause: Cause,
    ) -> None:
        del browser_binding  # see `usecases.send_confirmation`: asking again proves nothing
        await send_confirmation(
            store, tenant, email=email, continue_to=continue_to, cause=cause, ports=self._ports
        )

    async def confirm_address(
        self,
        store: Store,
        tenant: Tenant,
        *,
        secret: str,
        browser_binding: str | None,
        password: str | None,
        cause: Cause,
    ) -> Confirmed:
        return await confirm_address(
            store,
            tenant,
            secret=secret,
            browser_binding=browser_binding,
            password=password,
            cause=cause,
            ports=self._ports,
        )

    async def request_reset(
        self, store: Store, tenant: Tenant, *, email: str, cause: Cause
    ) -> None:
        await request_reset(store, tenant, email=email, cause=cause, ports=self._ports)

    async def check_reset(self, store: Store, secret: str) -> User:
        return await check_reset(store, secret, ports=self._ports)

    async def complete_reset(
        self, store: Store, tenant: Tenant, *, secret: str, password: str, cause: Cause
    ) -> None:
        await complete_reset(
            store, tenant, secret=secret, password=password, cause=cause, ports=self._ports
        )

    async def change_password(
        self,
        store: Store,
        tenant: Tenant,
        *,
        user: UserId,
        current: str,
        new: str,
        session: SessionId | None,
        cause: Cause,
    ) -> None:
        await change_password(
            store,
            tenant,
            user=user,
            current=current,
            new=new,
            session=session,
            cause=cause,
            ports=self._ports,
        )

    async def set_password(
        self, store: Store, tenant: Tenant, *, user: UserId, password: str, cause: Cause
    ) -> None:
        await set_password(
            store, tenant, user=user, password=password, cause=cause, ports=self._ports
        )

    async def import_password(
        self, store: Store, *, user: UserId, hashed: str, cause: Cause
    ) -> None:
        await import_password(store, user=user, hashed=hashed, cause=cause, ports=self._ports)

    async def demand_change(self, store: Store, *, user: UserId, cause: Cause) -> None:
        await demand_change(store, user=user, cause=cause, ports=self._ports)

    async def request_email_change(
        self, store: Store, tenant: Tenant, *, user: UserId, address: str, cause: Cause
    ) -> None:
        await request_email_change(
            store, tenant, user=user, address=address, cause=cause, ports=self._ports
        )

    async def confirm_email_change(
        self, store: Store, tenant: Tenant, *, secret: str, cause: Cause
    ) -> str:
        return await confirm_email_change(
            store, tenant, secret=secret, cause=cause, ports=self._ports
        )

    async def withdraw_all(self, tx: Tx, user: UserId) -> None:
        await withdraw_all(tx, user, ports=self._ports)
