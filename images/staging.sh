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

mqtt_password='the password of "mqtt"'
accounts='{"accounts":[{"username":"admin","roles":["super-admin","sys-observe","topic-observe"]},{"username":"mqtt","roles":["client"]}]}'

# agent_files FOLDER: what an agent without peers has in its pod. Sets $agent, the command that runs a program beside it all.
agent_files() {
  local at=$1
  mounted "$at/config" accounts.json "$accounts" \
    agent.properties 'service=
view=file
replication=sync
minInSync=1
durability=disk
gates=1883=21883+proxy
httpPort=7070
tokenFile=/mosquitto/api/token
' mosquitto.conf 'allow_anonymous false
plugin /usr/lib/mosquitto/mosquitto_dynamic_security.so
plugin_opt_config_file /mosquitto/data/dynamic-security.json
log_dest stdout
log_timestamp_format %Y-%m-%dT%H:%M:%SZ
listener 1885 127.0.0.1
listener 21883 127.0.0.1
enable_proxy_protocol 2
'
  mounted "$at/accounts" admin "admin's password" mqtt "$mqtt_password"
  mounted "$at/api" token 'the token of the agent'
  mkdir "$at/data"
  chmod 0770 "$at/data"
  export POD_NAME=single-mosquitto-0 POD_NAMESPACE=default POD_IP=127.0.0.1 POD_REVISION=1
  agent=("$here/run" broker --user $user --bind "$at/config:/mosquitto/config" --bind "$at/accounts:/mosquitto/accounts"
    --bind "$at/api:/mosquitto/api" --bind "$at/data:/mosquitto/data:rw")
}
