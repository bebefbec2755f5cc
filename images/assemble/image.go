package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	entrypoint = "/usr/bin/launch"
	largest    = 60_000_000
)

type ociImage struct {
	v1.Image
	bytes int64
}

// image makes two layers: what comes from Debian, which seldom changes, and the launcher.
func (t task) image(tree string, wanted definition, main string) (ociImage, error) {
	if main == "" {
		return ociImage{}, fmt.Errorf("nothing of package %s is in it", wanted.Main)
	}
	var image ociImage
	base := filepath.Join(t.out, filepath.Base(tree)+"-base.tar")
	if err := t.pack(base, func(into *tar.Writer) error { return addTree(into, tree, t) }); err != nil {
		return image, err
	}
	if err := copyFile(t.launch, filepath.Join(tree, entrypoint)); err != nil {
		return image, err
	}
	program := filepath.Join(t.out, filepath.Base(tree)+"-launch.tar")
	if err := t.pack(program, func(into *tar.Writer) error { return addPath(into, tree, entrypoint, t) }); err != nil {
		return image, err
	}
	var additions []mutate.Addendum
	for _, layer := range []struct{ file, by string }{
		{base, fmt.Sprintf("%s %s and its libraries, from Debian", wanted.Main, main)},
		{program, "launch " + t.version},
	} {
		made, err := tarball.LayerFromFile(layer.file, tarball.WithMediaType(types.OCILayer))
		if err != nil {
			return image, err
		}
		about, err := os.Stat(layer.file)
		if err != nil {
			return image, err
		}
		image.bytes += about.Size()
		additions = append(additions, mutate.Addendum{
			Layer:     made,
			MediaType: types.OCILayer,
			History:   v1.History{Created: v1.Time{Time: t.created}, CreatedBy: layer.by},
		})
	}
	if image.bytes > largest {
		return image, fmt.Errorf("it has %d bytes, more than the %d that are promised: see what `tar tvf %s` shows", image.bytes, largest, base)
	}
	made, err := mutate.Append(mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1), additions...)
	if err != nil {
		return image, err
	}
	config, err := made.ConfigFile()
	if err != nil {
		return image, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: t.created}
	config.Architecture, config.OS = t.architecture, "linux"
	labels := t.labels(wanted, main)
	config.Config = v1.Config{
		Entrypoint:   []string{entrypoint},
		Cmd:          wanted.Command,
		User:         fmt.Sprintf("%d:0", userID),
		WorkingDir:   "/",
		Env:          []string{"PATH=/usr/sbin:/usr/bin"},
		ExposedPorts: map[string]struct{}{},
		Labels:       labels,
	}
	for _, port := range wanted.Ports {
		config.Config.ExposedPorts[port] = struct{}{}
	}
	if made, err = mutate.ConfigFile(made, config); err != nil {
		return image, err
	}
	image.Image = mutate.Annotations(made, labels).(v1.Image)
	return image, nil
}

func (t task) labels(wanted definition, main string) map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":       wanted.Title,
		"org.opencontainers.image.description": wanted.Description,
		"org.opencontainers.image.version":     t.version,
		"org.opencontainers.image.licenses":    wanted.Licenses,
		"org.opencontainers.image.source":      "https://github.com/mosquitto-ha/mosquitto-ha",
		"org.opencontainers.image.url":         "https://github.com/mosquitto-ha/mosquitto-ha",
		"org.opencontainers.image.vendor":      "Mosquitto HA",
		"org.opencontainers.image.created":     t.created.Format("2006-01-02T15:04:05Z"),
		"io.mosquittoha." + wanted.Main:        main,
	}
	if t.revision != "" {
		labels["org.opencontainers.image.revision"] = t.revision
	}
	return labels
}

func (i ociImage) describe(short, reference string) (made, error) {
	digest, err := i.Digest()
	if err != nil {
		return made{}, err
	}
	id, err := i.ConfigName()
	if err != nil {
		return made{}, err
	}
	layers, err := i.Layers()
	if err != nil {
		return made{}, err
	}
	result := made{Name: short, Reference: reference, Digest: digest.String(), ID: id.String(), Bytes: i.bytes, image: i}
	for _, layer := range layers {
		size, err := layer.Size()
		if err != nil {
			return made{}, err
		}
		result.Packed += size
	}
	return result, nil
}

// bundle writes all images into an OCI layout, packs it together with the list that Docker reads into one archive, which
// `docker load`, `podman load` and `ctr images import` take and which keeps the digests, and says in images.json what they are.
func (t task) bundle(images []made) error {
	folder := filepath.Join(t.out, "oci")
	into, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	var list []dockerImage
	for _, made := range images {
		err = into.AppendImage(made.image, layout.WithAnnotations(map[string]string{
			"org.opencontainers.image.ref.name": made.Reference,
			"io.containerd.image.name":          made.Reference,
		}), layout.WithPlatform(v1.Platform{OS: "linux", Architecture: t.architecture}))
		if err != nil {
			return err
		}
		entry, err := made.forDocker()
		if err != nil {
			return err
		}
		list = append(list, entry)
	}
	dockers, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "manifest.json"), dockers, 0o644); err != nil {
		return err
	}
	if err := readable(folder); err != nil {
		return err
	}
	archive := filepath.Join(t.out, fmt.Sprintf("mosquitto-ha-images-%s.tar", t.version))
	if err := t.pack(archive, func(into *tar.Writer) error { return addTree(into, folder, t) }); err != nil {
		return err
	}
	described, err := json.MarshalIndent(images, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.out, "images.json"), append(described, '\n'), 0o644); err != nil {
		return err
	}
	for _, made := range images {
		for _, layer := range []string{"base", "launch"} {
			if err := os.Remove(filepath.Join(t.out, made.Name+"-"+layer+".tar")); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable gives every file the same mode: some come from temporary files that only their maker could read.
func readable(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o644)
	})
}

// dockerImage is how Docker lists an image in an archive.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (m made) forDocker() (dockerImage, error) {
	blob := func(digest v1.Hash) string { return "blobs/" + digest.Algorithm + "/" + digest.Hex }
	config, err := m.image.ConfigName()
	if err != nil {
		return dockerImage{}, err
	}
	entry := dockerImage{Config: blob(config), RepoTags: []string{m.Reference}}
	layers, err := m.image.Layers()
	if err != nil {
		return dockerImage{}, err
	}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return dockerImage{}, err
		}
		entry.Layers = append(entry.Layers, blob(digest))
	}
	return entry, nil
}

func (t task) pack(file string, fill func(*tar.Writer) error) error {
	created, err := os.Create(file)
	if err != nil {
		return err
	}
	defer created.Close()
	into := tar.NewWriter(created)
	if err := fill(into); err != nil {
		return err
	}
	return errors.Join(into.Close(), created.Close())
}

// addTree adds everything in the order of the names: the same tree gives the same bytes.
func addTree(into *tar.Writer, tree string, t task) error {
	return filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == tree {
			return err
		}
		return addPath(into, tree, strings.TrimPrefix(path, tree), t)
	})
}

func addPath(into *tar.Writer, tree, path string, t task) error {
	full := filepath.Join(tree, path)
	about, err := os.Lstat(full)
	if err != nil {
		return err
	}
	target := ""
	if about.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(full); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(about, target)
	if err != nil {
		return err
	}
	header.Name = strings.TrimPrefix(path, "/")
	if about.IsDir() {
		header.Name += "/"
	}
	if about.Mode()&fs.ModeSymlink != 0 {
		header.Mode = 0o777
	}
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.ModTime, header.AccessTime, header.ChangeTime = t.created, time.Time{}, time.Time{}
	header.Format = tar.FormatPAX
	header.PAXRecords = nil
	if err := into.WriteHeader(header); err != nil || !about.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(full)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(into, file)
	return err
}
