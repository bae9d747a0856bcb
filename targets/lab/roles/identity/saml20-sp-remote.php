<?php
$metadata['{{ portal }}/shibboleth'] = [
    'AssertionConsumerService' => '{{ portal }}/Shibboleth.sso/SAML2/POST',
    'SingleLogoutService' => '{{ portal }}/Shibboleth.sso/SLO/Redirect',
    'keys' => [
        ['type' => 'X509Certificate', 'signing' => true, 'encryption' => false, 'X509Certificate' => '{{ signing }}'],
        ['type' => 'X509Certificate', 'signing' => false, 'encryption' => true, 'X509Certificate' => '{{ encryption }}'],
    ],
    'saml20.sign.response' => true,
    'saml20.sign.assertion' => true,
    'validate.authnrequest' => true,
    'validate.logout' => true,
    'attributes' => ['uid', 'groups'],
];
