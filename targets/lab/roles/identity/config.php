<?php
// Debian's settings, with its secrets, and what this identity provider has otherwise.
require '/etc/simplesamlphp/config.php';
$config = array_merge($config, [
    'certdir' => '{{ folder }}/',
    'metadatadir' => '{{ folder }}/metadata/',
    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'statistics.out' => [],
    'admin.checkforupdates' => false,
    'admin.protectindexpage' => true,
    'showerrors' => false,
]);
