package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeBill writes the bill of materials of an image: the Debian packages of which something is in it, what else is in it,
// and what launch is built from.
func (t task) writeBill(short string, wanted definition, image made, from packages, others []cdx.Component) error {
	bill := cdx.NewBOM()
	bill.SerialNumber = serial(image.Digest)
	bill.Metadata = &cdx.Metadata{
		Timestamp: t.created.Format("2006-01-02T15:04:05Z"),
		Component: &cdx.Component{
			BOMRef:      image.Reference,
			Type:        cdx.ComponentTypeContainer,
			Name:        wanted.Repository,
			Version:     t.version,
			Description: wanted.Description,
			PackageURL:  fmt.Sprintf("pkg:oci/%s@%s?repository_url=%s&tag=%s", short, strings.ReplaceAll(image.Digest, ":", "%3A"), wanted.Repository, t.version),
			Licenses:    &cdx.Licenses{{Expression: wanted.Licenses}},
		},
	}
	var components []cdx.Component
	var references []string
	for _, entry := range from {
		component := debian(entry)
		components = append(components, component)
		references = append(references, component.BOMRef)
	}
	for _, component := range others {
		components = append(components, component)
		references = append(references, component.BOMRef)
	}
	launch, err := launcher(t)
	if err != nil {
		return err
	}
	for _, component := range launch {
		components = append(components, component)
		references = append(references, component.BOMRef)
	}
	bill.Components = &components
	bill.Dependencies = &[]cdx.Dependency{{Ref: image.Reference, Dependencies: &references}}
	file, err := os.Create(filepath.Join(t.out, fmt.Sprintf("%s-%s.cdx.json", short, t.version)))
	if err != nil {
		return err
	}
	defer file.Close()
	if err := cdx.NewBOMEncoder(file, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill); err != nil {
		return err
	}
	return file.Close()
}

func debian(entry pkg) cdx.Component {
	escape := strings.NewReplacer(":", "%3A", "+", "%2B", "~", "~")
	url := fmt.Sprintf("pkg:deb/debian/%s@%s?arch=%s&distro=%s", escape.Replace(entry.Name), escape.Replace(entry.Version), entry.Architecture, entry.Suite)
	component := cdx.Component{
		BOMRef:     url,
		Type:       cdx.ComponentTypeLibrary,
		Name:       entry.Name,
		Version:    entry.Version,
		PackageURL: url,
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: entry.SHA256}},
		Properties: &[]cdx.Property{{Name: "debian:source", Value: entry.Source}},
	}
	if entry.Homepage != "" {
		component.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: entry.Homepage}}
	}
	if len(entry.licenses) > 0 {
		licenses := cdx.Licenses{}
		for _, name := range entry.licenses {
			licenses = append(licenses, cdx.LicenseChoice{License: &cdx.License{Name: name}})
		}
		component.Licenses = &licenses
	}
	return component
}

func launcher(t task) ([]cdx.Component, error) {
	about, err := buildinfo.ReadFile(t.launch)
	if err != nil {
		return nil, err
	}
	module := func(path, version, license string) cdx.Component {
		url := fmt.Sprintf("pkg:golang/%s@%s", path, version)
		component := cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
		if license != "" {
			component.Licenses = &cdx.Licenses{{License: &cdx.License{ID: license}}}
		}
		return component
	}
	found := []cdx.Component{
		module(about.Main.Path, t.version, "Apache-2.0"),
		module("stdlib", strings.TrimPrefix(about.GoVersion, "go"), "BSD-3-Clause"),
	}
	for _, dependency := range about.Deps {
		found = append(found, module(dependency.Path, dependency.Version, ""))
	}
	return found, nil
}

// serial is the same for the same image.
func serial(digest string) string {
	sum := sha256.Sum256([]byte(digest))
	sum[6], sum[8] = sum[6]&0x0f|0x50, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
