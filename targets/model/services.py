"""What the platform delivers to users: portal, federation, applications and direct accesses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from targets.model.fields import (
    EdgeGatewayName,
    Entry,
    FederatedUserName,
    Host,
    Html5GatewayName,
    Name,
    PilotName,
    PlatformUserName,
    Port,
    ReadableMachineName,
    Selector,
    Text,
    UserName,
)
from targets.references import CertificateFile, HttpsUrl, refers_to

SlowerBy = Annotated[float, Field(ge=0, le=10000, description="How much slower than before it may answer, in %")]


class IdentityProviderPage(Entry):
    """CSS selectors of the identity provider's sign-in page."""

    login: Selector = Field(description="Field for the login")
    password: Selector = Field(description="Field for the password")
    submit: Selector = Field(description="Button that signs in")


class SignInPage(IdentityProviderPage):
    """CSS selectors of a sign-in page of the platform, and of what follows."""

    refused: Selector = Field(description="What appears when a sign-in is refused")
    signed_in_as: Selector = Field(description="Element that shows who is signed in")
    sign_out: Selector = Field(description="Link or button that signs out")


class PortalPage(SignInPage):
    """CSS selectors of the user portal's pages (the vendor does not document them)."""

    application: Selector = Field(description="One link for each application; its text is the application's name")


class Portal(Entry):
    """The user portal, on the address that users know (the VIP in a cluster)."""

    url: HttpsUrl = Field(description="The portal's address, as users type it")
    user: PlatformUserName = Field(description="User who signs in locally")
    refused_user: PlatformUserName | None = Field(
        default=None,
        description="Account made for the one sign-in with a wrong password; without it none is tried",
    )
    session_cookie: Text = Field(description="Name of the cookie that carries the session")
    slower_by: SlowerBy = 200
    logged: Text | None = Field(
        default=None,
        description="What the controllers' journal holds when the user has signed in, {login} filled in; without it, "
        "nobody looks there",
    )
    page: PortalPage = Field(description="CSS selectors of the portal's pages")


class Federation(Entry):
    """Sign-in through a SAMLv2 identity provider."""

    name: Name = Field(description="What this file and the report call the federation")
    user: FederatedUserName = Field(description="User who signs in at the identity provider")
    sign_in: HttpsUrl = Field(description="Where a sign-in that the service provider begins starts")
    metadata: HttpsUrl = Field(description="The service provider's metadata")
    identity_provider: Text = Field(description="entityID of the identity provider")
    identity_provider_certificate: CertificateFile = Field(description="Certificate (PEM) that signs its responses")
    page: IdentityProviderPage = Field(description="CSS selectors of the identity provider's sign-in page")
    sign_out: Selector | None = Field(
        default=None, description="What starts single logout on the portal; the portal's own sign_out without it"
    )
    signed_out_at: HttpsUrl | None = Field(
        default=None, description="A page of the identity provider that only a signed-in user sees"
    )
    login_attribute: Text = Field(description="SAML attribute that holds the login")
    group_attribute: Text | None = Field(default=None, description="SAML attribute that holds the groups")
    may_forge: bool = Field(
        default=False,
        description="Allows that the response of this user's own sign-in is posted once more, and once without its "
        "signatures: both must be refused",
    )


class Reached(Entry):
    """A way to a service through one Edge Gateway."""

    gateway: EdgeGatewayName = Field(description="The Edge Gateway, one of machines")


class WebThrough(Reached):
    """A web application's address on one Edge Gateway."""

    url: HttpsUrl = Field(description="The application's address there")


class PortThrough(Reached):
    """A direct access's host and port on one Edge Gateway."""

    host: Host = Field(description="Name or address to connect to")
    port: Port = Field(description="TCP port to connect to")


class WebApplication(Entry):
    """A web application that the portal offers."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName | None = Field(default=None, description="User who opens it; the portal's user without it")
    expect: Text = Field(description="Text that the page shows when the application works")
    through: tuple[WebThrough, ...] = Field(default=(), description="Its addresses on the Edge Gateways")
    slower_by: SlowerBy = 200


def _types_the_marker(text: str) -> str:
    if "{marker}" not in text:
        raise PydanticCustomError("no_marker", "must type {marker}, the value that is new each time")
    return text


class Proof(Entry):
    """How a desktop shows that it takes the keyboard: typed inside, it arrives outside.

    ``{marker}`` stands for a value that is new each time.
    """

    type: Annotated[Text, AfterValidator(_types_the_marker)] = Field(
        description="What is typed into the desktop, for example: echo {marker} > /tmp/proof\\n"
    )
    machine: ReadableMachineName = Field(description="The machine on which it arrives")
    file: Text = Field(description="The file there that then holds the marker")
    answers: tuple[Text, ...] = Field(
        default=(),
        description="What else it then holds: words by which the user and the server are known",
    )


class LeadsToServer(Entry):
    """A service that ends on a server of its own, which several ways may lead to."""

    server: Annotated[Name, refers_to("machine")] | None = Field(
        default=None,
        description="The machine that it leads to, one of machines: to blame for what fails whichever way one comes",
    )
    recorded: bool = Field(default=False, description="Whether the session leaves a recording on an Edge Gateway")


class LeadsToDesktop(LeadsToServer):
    """A service that ends on the desktop of a user there."""

    proof: Proof = Field(description="How the desktop shows that it takes the keyboard")


class SshDirectAccess(LeadsToServer):
    """A direct access to a server's SSH."""

    protocol: Literal["ssh"] = Field(description="What is spoken: ssh or rdp")
    name: Name = Field(description="What this file and the report call the access")
    user: UserName = Field(description="User who signs in to the server")
    through: tuple[PortThrough, ...] = Field(min_length=1, description="Its ports on the Edge Gateways")
    command: Text = Field(description="A command that changes nothing")
    returns: Text = Field(description="What the command prints")
    survivor: Text | None = Field(
        default=None,
        description="A file that Recette may write at baseline, in the user's home, and that must survive the upgrade",
    )


class RdpDirectAccess(LeadsToDesktop):
    """A direct access to a server's RDP."""

    protocol: Literal["rdp"] = Field(description="What is spoken: ssh or rdp")
    name: Name = Field(description="What this file and the report call the access")
    user: UserName = Field(description="User who signs in to the server")
    through: tuple[PortThrough, ...] = Field(min_length=1, description="Its ports on the Edge Gateways")
    certificate_name: Host = Field(description="Name in the server's RDP certificate")


class RdpApplication(LeadsToDesktop):
    """An RDP application, opened by the client on a pilot."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName = Field(description="User who opens it")
    pilot: PilotName = Field(description="The pilot machine whose client opens it")
    launch: Text = Field(
        description="The command that opens it there; {login} and {application} are filled in, and the password is "
        "given on its standard input"
    )


class Html5Application(LeadsToDesktop):
    """An HTML5 application, opened in the browser through the HTML5 Gateway."""

    name: Name = Field(description="The application's name as the portal shows it")
    user: PlatformUserName = Field(description="User who opens it")
    held_by: PlatformUserName | None = Field(
        default=None,
        description="User whose session the watch holds; without it the same user, whose desktop a phase that is run "
        "meanwhile takes over",
    )
    gateway: Html5GatewayName = Field(description="The HTML5 Gateway, one of machines")
    tunnel: HttpsUrl | None = Field(
        default=None, description="Its tunnel (WebSocket), which the watch asks without a token; else its first page"
    )
    canvas: Selector = Field(description="The canvas that shows the remote desktop")
    disconnect: Selector = Field(description="The button that ends the session")
    disconnected: Text = Field(description="Text that the page then shows")


DirectAccess = Annotated[SshDirectAccess | RdpDirectAccess, Field(discriminator="protocol")]
