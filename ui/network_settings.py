"""What QGIS knows of the network, as plain values for the installer: its proxy and its certificates."""

from __future__ import annotations

from typing import Any, List
from urllib.parse import quote

from qgis.core import QgsApplication, QgsNetworkAccessManager, QgsSettings
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkProxy, QNetworkProxyFactory, QNetworkProxyQuery

from ..tasks.environment_network import NetworkSettings
from .map_settings import PREFIX

INDEX_KEY = f"{PREFIX}/runtime/index"
"""A mirror of PyPI, for networks that reach no other; it needs no trust, since every package has its checksum."""

_PYPI = "https://pypi.org/"


def network_settings() -> NetworkSettings:
    """Return QGIS's proxy (its credentials too), the certificates that QGIS trusts, and the mirror of PyPI if any."""
    index = str(QgsSettings().value(INDEX_KEY, "") or "")
    return NetworkSettings(_proxy_url(_proxy()), _certificates(), index)


def _proxy() -> QNetworkProxy:
    """Return QGIS's proxy for PyPI; the system's where QGIS is told to use that."""
    manager = QgsNetworkAccessManager.instance()
    excluded: List[str] = [*manager.excludeList(), *manager.noProxyList()]
    if any(url and _PYPI.startswith(url) for url in excluded):
        return QNetworkProxy(QNetworkProxy.ProxyType.NoProxy)
    settings = QgsSettings()
    enabled = settings.value("proxy/proxyEnabled", False) in (True, 1, "true", "1")
    if enabled and settings.value("proxy/proxyType", "") == "DefaultProxy":
        found = QNetworkProxyFactory.systemProxyForQuery(QNetworkProxyQuery(QUrl(_PYPI)))
        return found[0] if found else QNetworkProxy(QNetworkProxy.ProxyType.NoProxy)
    return manager.fallbackProxy()


def _proxy_url(proxy: QNetworkProxy) -> str:
    """Return the proxy as pip wants it, "" for none."""
    kinds: Any = QNetworkProxy.ProxyType
    if not proxy.hostName() or proxy.type() in (kinds.NoProxy, kinds.DefaultProxy):
        return ""
    scheme = "socks5h" if proxy.type() == kinds.Socks5Proxy else "http"
    user = quote(proxy.user(), safe="")
    if user and proxy.password():
        user += ":" + quote(proxy.password(), safe="")
    return f"{scheme}://{user + '@' if user else ''}{proxy.hostName()}:{proxy.port() or 8080}"


def _certificates() -> str:
    """Return the certificates that QGIS trusts (the system's and the user's) as PEM text."""
    pem = bytes(QgsApplication.authManager().trustedCaCertsPemText()).decode("ascii", "ignore")
    return pem if "BEGIN CERTIFICATE" in pem else ""
