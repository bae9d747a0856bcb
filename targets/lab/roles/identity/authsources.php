<?php
$config = [
    'admin' => ['core:AdminPassword'],
    'users' => [
        'exampleauth:UserPass',
        'bob:{{ password }}' => ['uid' => ['bob'], 'groups' => ['staff']],
    ],
];
