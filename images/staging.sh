# What images/check and images/train lay out for the programs of an image. Sourced, not run; wants $here.

user=1000680000 # one that nobody chose

# A Secret or ConfigMap as kubelet mounts it: mounted FOLDER NAME CONTENT [NAME CONTENT]…; a second call swaps it.
swap=0
mounted() {
  local folder=$1 version=..version-$((swap += 1))
  shift
  mkdir -p "$folder/$version"
  while (($#)); do
    printf '%s' "$2" >"$folder/$version/$1"
    [[ -L $folder/$1 ]] || ln -s "..data/$1" "$folder/$1"
    shift 2
  done
  chmod -R u=rwX,g=rX,o= "$folder/$version"
  chmod 0755 "$folder"
  ln -s "$version" "$folder/..tmp"
  mv -T "$folder/..tmp" "$folder/..data"
}

center_password='the password of "management-center"'
first_password='the first password of admin'
mqtt_password='the password of "mqtt"'
accounts='{"accounts":[{"username":"admin","roles":["super-admin","sys-observe","topic-observe"]},{"username":"mqtt","roles":["client"]},{"username":"management-center","roles":["dynsec-admin","broker-admin","sys-observe","client"]}]}'

# agent_files FOLDER: what an agent without peers has in its pod. Sets $agent, the command that runs a program beside it all.
agent_files() {
  local at=$1
  mounted "$at/config" accounts.json "$accounts" \
    agent.properties 'service=
view=file
replication=sync
minInSync=1
durability=disk
gates=1883=/tmp/mosquitto-ha/1883.sock+proxy,1884=/tmp/mosquitto-ha/1884.sock+proxy
httpPort=7070
tokenFile=/mosquitto/api/token
' mosquitto.conf 'allow_anonymous false
plugin /usr/lib/mosquitto/mosquitto_dynamic_security.so
plugin_opt_config_file /mosquitto/data/dynamic-security.json
log_dest stdout
log_timestamp_format %Y-%m-%dT%H:%M:%SZ
max_keepalive 60
listener 1885 127.0.0.1
enable_control_api true
listener 0 /tmp/mosquitto-ha/1883.sock
enable_proxy_protocol 2
listener 0 /tmp/mosquitto-ha/1884.sock
enable_proxy_protocol 2
'
  mounted "$at/accounts" admin "admin's password" mqtt "$mqtt_password" management-center "$center_password"
  mounted "$at/api" token 'the token of the agent'
  mkdir "$at/data"
  chmod 0770 "$at/data"
  export POD_NAME=single-mosquitto-0 POD_NAMESPACE=default POD_IP=127.0.0.1 POD_REVISION=1
  agent=("$here/run" broker --user $user --bind "$at/config:/mosquitto/config" --bind "$at/accounts:/mosquitto/accounts"
    --bind "$at/api:/mosquitto/api" --bind "$at/data:/mosquitto/data:rw")
}

# center_files FOLDER: what a management center has in its pod, for the one agent above. Sets $center, likewise.
center_files() {
  local at=$1
  mounted "$at/config" management-center.properties 'variant=single
release=check
statefulSet=single-mosquitto
members=single-mosquitto-0=127.0.0.1:7070:1884
entrance=127.0.0.1:1883
'
  mounted "$at/account" password "$center_password"
  mounted "$at/api" token 'the token of the agent'
  mounted "$at/login" password "$first_password"
  mkdir -p "$at/data"
  chmod 0770 "$at/data"
  center=("$here/run" management-center --user $user --bind "$at/config:/center/config" --bind "$at/account:/center/account" --bind "$at/api:/center/api"
    --bind "$at/login:/center/login" --bind "$at/data:/center/data:rw")
}

# A browser, as far as the management center is concerned: logs in, and asks as one page of it does.
browser=() # options of curl
# logs_in PASSWORD: says what the management center answers. Wants $stage.
logs_in() {
  browser=(curl -fsS -m 5 -b "$stage/cookies" -c "$stage/cookies" -H 'Accept: application/json, text/html')
  rm -f "$stage/cookies"
  "${browser[@]}" -H 'Content-Type: application/json' -d "{\"name\":\"admin\",\"password\":\"$1\"}" http://127.0.0.1:8080/api/v1/session
}
# changes_password OLD NEW
changes_password() {
  local token
  token=$("${browser[@]}" http://127.0.0.1:8080/password | grep -o 'X-CSRF-Token[^}]*' | head -n 1 | sed 's/&#34;/"/g; s/&quot;/"/g; s/[^:]*: *"//; s/".*//')
  "${browser[@]}" -X PUT -H 'Content-Type: application/json' -H "X-CSRF-Token: $token" -d "{\"current\":\"$1\",\"password\":\"$2\",\"again\":\"$2\"}" \
    http://127.0.0.1:8080/api/v1/session/password
}
