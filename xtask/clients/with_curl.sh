#!/usr/bin/env bash
# curl, as BMC Network Automation's documentation uses it: a token by a form, then the token as Bearer.
set -u

curl=(curl --silent --show-error --cacert "$CA")
base="$GATE/bca-networks/api"
echo "with $(curl --version | head -1 | cut -d ' ' -f 1,2)"

check() { # what, expected, got
    if [ "$2" = "$3" ]; then echo "ok $1"; else echo "FAIL $1: $3 and not $2"; fi
}
status() { "${curl[@]}" --output /dev/null --write-out '%{http_code}' "$@"; }
log_in() { "${curl[@]}" "$base/token" --data grant_type=password --data "username=$1" --data-urlencode "password=$2"; }

check 'about needs no token' '["v1.0"]' "$("${curl[@]}" "$base/about" | grep -o '\["v1.0"\]')"
check 'swagger.json needs no token' 200 "$(status "$base/v1.0/swagger.json")"
check 'wrong credentials' '{"error":"invalid_grant","error_description":"User authentication failed"}' "$(log_in "$USERNAME" wrong)"

token=$(log_in "$USERNAME" "$PASSWORD" | sed 's/.*"access_token":"\([0-9]*\)".*/\1/')
check 'a token is a decimal number' 1 "$(echo "$token" | grep -cE '^[1-9][0-9]{0,18}$')"
bearer=(--header 'Accept: application/json' --header "Authorization: Bearer $token")
check 'the idle timeout' 1800000 "$("${curl[@]}" "${bearer[@]}" "$base/token")"
list="$GATE/bca-networks/apidocs/v1.0/groups?filter.realm=Default&orderBy=%2Bname&offset=1&limit=25"
check 'a list of the API with the token' 404 "$(status -X GET "${bearer[@]}" "$list")"
check 'and without' 401 "$(status -X GET "$list")"
check 'the end of the token' 204 "$(status -X DELETE "${bearer[@]}" "$base/token")"
check 'after it' 401 "$(status "${bearer[@]}" "$base/token")"
